"""A name that AWS would refuse is told with the team file; the limits are AWS's own."""

from __future__ import annotations

import inspect
from typing import Any

import botocore.session
import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from hypothesis import given
from hypothesis import strategies as st

from core import limits, made_names
from core.config.load import load_teams
from core.limits import Limit
from core.names import MODEL_MAX, ModelNames, TeamNames
from core.regions import REGIONS
from tests.core.teams import told, write

SESSION = botocore.session.get_session()
LONGEST = TeamNames("t" * 15, "e" * 15)
API = {
    limits.ALARM: ("cloudwatch", "PutMetricAlarm", "AlarmName"),
    limits.APP_IMAGE_CONFIG: ("sagemaker", "CreateAppImageConfig", "AppImageConfigName"),
    limits.BUDGET: ("budgets", "CreateBudget", "Budget.BudgetName"),
    limits.DATABASE: ("glue", "CreateDatabase", "DatabaseInput.Name"),
    limits.DOMAIN: ("sagemaker", "CreateDomain", "DomainName"),
    limits.ENDPOINT: ("sagemaker", "CreateEndpoint", "EndpointName"),
    limits.FEATURE_GROUP: ("sagemaker", "CreateFeatureGroup", "FeatureGroupName"),
    limits.IMAGE: ("sagemaker", "CreateImage", "ImageName"),
    limits.JOB: ("sagemaker", "CreateProcessingJob", "ProcessingJobName"),
    limits.KEY_ALIAS: ("kms", "CreateAlias", "AliasName"),
    limits.LIFECYCLE: ("sagemaker", "CreateStudioLifecycleConfig", "StudioLifecycleConfigName"),
    limits.LOG_GROUP: ("logs", "CreateLogGroup", "logGroupName"),
    limits.MLFLOW: ("sagemaker", "CreateMlflowApp", "Name"),
    limits.MONITORING_SCHEDULE: ("sagemaker", "CreateMonitoringSchedule", "MonitoringScheduleName"),
    limits.NOTEBOOK: ("sagemaker", "CreateNotebookInstance", "NotebookInstanceName"),
    limits.PACKAGE_GROUP: ("sagemaker", "CreateModelPackageGroup", "ModelPackageGroupName"),
    limits.PIPELINE: ("sagemaker", "CreatePipeline", "PipelineName"),
    limits.PROJECT: ("sagemaker", "CreateProject", "ProjectName"),
    limits.REPOSITORY: ("ecr", "CreateRepository", "repositoryName"),
    limits.ROLE: ("iam", "CreateRole", "RoleName"),
    limits.SCHEDULE: ("scheduler", "CreateSchedule", "Name"),
}
SCHEMAS = {
    limits.BUCKET: ("AWS::S3::Bucket", "BucketName"),
    limits.BUILD: ("AWS::CodeBuild::Project", "Name"),
    limits.FUNCTION: ("AWS::Lambda::Function", "FunctionName"),
    limits.ROLE: ("AWS::IAM::Role", "RoleName"),
    limits.WORKGROUP: ("AWS::Athena::WorkGroup", "Name"),
}
NO_NAMES = {
    # what other names begin with, and keys in buckets
    TeamNames: {"canvas_prefix", "feature_prefix", "mlflow_prefix", "parameters", "prefix", "query_prefix", "tags"}
    | {"cluster_key", "digests_key", "model"},
    ModelNames: {"artifact_prefix", "capture_prefix", "data_prefix", "ground_truth_prefix", "release_key"}
    | {"report_prefix", "batch_prefix", "managed_report_prefix"},
}


@pytest.mark.parametrize("limit", API, ids=lambda limit: limit.kind)
def test_a_limit_is_that_of_the_api(limit: Limit) -> None:
    service, operation, path = API[limit]
    shape: Any = SESSION.get_service_model(service).operation_model(operation).input_shape
    for part in path.split("."):
        shape = shape.members[part]
    assert limit.longest == shape.metadata.get("max", limit.longest)


@pytest.mark.parametrize("limit", SCHEMAS, ids=lambda limit: limit.kind)
def test_a_limit_is_that_of_cloudformation(limit: Limit) -> None:
    type, name = SCHEMAS[limit]
    said = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema["properties"][name]
    assert limit.longest == said.get("maxLength", limit.longest)


@pytest.mark.parametrize("names", [TeamNames, ModelNames])
def test_every_name_is_measured_or_is_none(names: type) -> None:
    """A new one in core/names belongs into core/made_names.py, or among those that are no resource's."""
    public = {name for name, _ in inspect.getmembers(names) if not name.startswith("_")}
    made = inspect.getsource(made_names)
    fields = set(names.__dataclass_fields__)
    unmeasured = {name for name in public - fields - NO_NAMES[names] if f".{name}" not in made}
    assert unmeasured == set()


@given(st.sampled_from(sorted(REGIONS)))
def test_of_the_longest_team_and_environment_only_buckets_are_too_long(region: str) -> None:
    made = made_names.of_environment(LONGEST, "0" * 12, region)
    assert {limit.kind for limit, name in made if len(name) > limit.longest} <= {"bucket"}


def test_the_longest_model_fits_the_longest_team() -> None:
    for limit, name in made_names.of_model(LONGEST, "m" * MODEL_MAX):
        assert len(name) <= limit.longest, f"{limit.kind} {name}"


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        (
            {
                "environments__0__region": "ap-southeast-1",
                "environments__0__name": "production12345",
                "projects": False,
            },
            "environments.0.name",
            "characters too long for AWS (63 at most); shorten it or the team's name",
        ),
        (
            {"environments__0__name": "production1234"},
            "environments.0.name",
            "with 4 characters for a member's project, it makes the project name averylongteamn-production1234-xxxx, "
            "which is 2 characters too long for AWS (32 at most)",
        ),
        (
            {"feature_groups__0__name": "c" * 40, "environments__0__name": "production12"},
            "feature_groups.0.name",
            f"makes the feature group name averylongteamn-production12-{'c' * 40}, which is 4 characters too long",
        ),
        (
            {"studio__notebooks__0__name": "n" * 40, "environments__0__name": "production12"},
            "studio.notebooks.0.name",
            "makes the notebook instance name averylongteamn-production12-",
        ),
        (
            {"images__0__name": "i" * 40, "studio__images": [], "environments__0__name": "production12"},
            "images.0.name",
            "makes the app image config name averylongteamn-production12-",
        ),
    ],
)
def test_each_thing_that_is_named_after_the_team_is_measured(
    tmp_path: Any, changes: dict[str, Any], path: str, says: str
) -> None:
    write(tmp_path, team="averylongteamn", **changes)
    said = told(tmp_path)
    assert list(said) == [path]
    assert says in said[path]


def test_a_name_one_character_too_long_is_told_in_the_singular(tmp_path: Any) -> None:
    write(tmp_path, feature_groups__0__name="g" * 40, team="t" * 9, environments__0__name="e" * 14)
    assert "which is 1 character too long for AWS (64 at most)" in told(tmp_path)["feature_groups.0.name"]
    write(tmp_path, feature_groups__0__name="g" * 40, team="t" * 9, environments__0__name="e" * 13)
    load_teams(tmp_path)


def test_what_a_service_keeps_for_itself_is_no_team(tmp_path: Any) -> None:
    write(tmp_path, team="sthree")
    assert "'sthree-' at its beginning is kept by AWS" in told(tmp_path)["team"]
