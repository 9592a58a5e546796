"""What the team's work is kept in: its key, buckets, repositories, tables, features and experiments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.names import BUCKETS
from tests.infra.artifacts import ACCOUNT, GROUP, MODEL, PREFIX, REGION, deployed, policies, tenant
from tests.wiring.access import may
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

KEEPING = {
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::ECR::Repository",
    "AWS::Glue::Database",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::MlflowApp",
}
DATA = f"arn:aws:s3:::{PREFIX}-data-{ACCOUNT}-{REGION}"


@pytest.fixture(scope="module")
def risk() -> Deployed:
    return deployed(tenant(models=[MODEL], mlflow=True, queries={"scan_limit_gb": 7}, feature_groups=[GROUP]))


def _key(risk: Deployed) -> dict[str, Any]:
    (key,) = risk.of("AWS::KMS::Key")
    return key


def test_the_key_rotates_and_is_everybody_s_of_nobody(risk: Deployed) -> None:
    key = _key(risk)
    assert key["EnableKeyRotation"] is True
    for statement in key["KeyPolicy"]["Statement"]:
        assert statement["Effect"] == "Allow"
        assert "*" not in json.dumps(statement["Principal"])
        whole_account = statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert whole_account or statement["Condition"], f"{statement} lets a service act for anybody"


def test_a_service_uses_the_key_for_this_account_alone(risk: Deployed) -> None:
    held = {}
    for statement in _key(risk)["KeyPolicy"]["Statement"]:
        services = statement["Principal"].get("Service", [])
        for service in [services] if isinstance(services, str) else services:
            held[service] = statement["Condition"]
    ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert held == {
        "cloudwatch.amazonaws.com": ours,
        "sns.amazonaws.com": ours,
        "budgets.amazonaws.com": ours,
        "events.amazonaws.com": {
            "ArnLike": {"kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-*"}
        },
        f"logs.{REGION}.amazonaws.com": {
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"}
        },
    }


def test_old_versions_and_unfinished_uploads_go(risk: Deployed) -> None:
    for bucket in risk.of("AWS::S3::Bucket"):
        (rule,) = [each for each in bucket["LifecycleConfiguration"]["Rules"] if each["Id"] == "old-versions"]
        assert rule["Status"] == "Enabled"
        assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 30
        assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7


@pytest.mark.parametrize(("days", "old"), [(3, 3), (90, 30)])
def test_captured_requests_and_their_old_versions_go_when_the_team_says(days: int, old: int) -> None:
    environment = {"name": "dev", "region": REGION, "retention": {"capture_days": days}}
    capture = deployed(tenant(environments=[environment])).one(
        "AWS::S3::Bucket", BucketName=f"{PREFIX}-capture-{ACCOUNT}-{REGION}"
    )
    rules = {rule["Id"]: rule for rule in capture["LifecycleConfiguration"]["Rules"]}
    assert rules["retention"]["ExpirationInDays"] == days
    assert rules["old-versions"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == old


def test_results_of_queries_go_and_the_data_beside_them_stays(risk: Deployed) -> None:
    data = risk.one("AWS::S3::Bucket", BucketName=DATA.rpartition(":")[2])
    expiring = [each for each in data["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in each]
    assert [each["Prefix"] for each in expiring] == ["query_results/"]


def test_repositories_are_the_team_s_alone(risk: Deployed) -> None:
    repositories = list(risk.of("AWS::ECR::Repository"))
    assert repositories
    for repository in repositories:
        assert repository["RepositoryName"].startswith(f"{PREFIX}/")
        assert repository["ImageTagMutability"] == "IMMUTABLE"
        assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert repository["EncryptionConfiguration"] == {"EncryptionType": "KMS", "KmsKey": risk.key_arn}
        assert "RepositoryPolicyText" not in repository


def test_an_image_goes_when_nobody_has_used_it_for_long_however_many_are_newer(risk: Deployed) -> None:
    for repository in risk.of("AWS::ECR::Repository"):
        (rule,) = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
        assert rule["action"] == {"type": "expire"}
        assert rule["selection"]["countType"] == "sinceImagePulled"
        assert rule["selection"]["countNumber"] >= 365


def test_a_query_is_held_to_the_workgroup(risk: Deployed) -> None:
    (group,) = risk.of("AWS::Athena::WorkGroup")
    settings = group["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 7 * 1024**3
    assert settings["ResultConfiguration"] == {
        "OutputLocation": f"s3://{PREFIX}-data-{ACCOUNT}-{REGION}/query_results/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": risk.key_arn},
    }


def test_both_stores_of_a_feature_group_are_encrypted_and_its_table_is_in_the_database(risk: Deployed) -> None:
    (group,) = risk.of("AWS::SageMaker::FeatureGroup")
    (database,) = risk.of("AWS::Glue::Database")
    assert group["OnlineStoreConfig"] == {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": risk.key_arn}}
    offline = group["OfflineStoreConfig"]
    assert offline["S3StorageConfig"]["KmsKeyId"] == risk.key_arn
    assert offline["S3StorageConfig"]["S3Uri"].startswith(f"s3://{PREFIX}-data-")
    assert offline["DataCatalogConfig"]["Database"] == database["DatabaseInput"]["Name"]


def test_a_feature_group_has_the_stores_that_were_asked_for() -> None:
    online = {**GROUP, "name": "newest", "offline": False, "online_days": 30}
    offline = {**GROUP, "name": "all", "online": False}
    groups = {
        each["FeatureGroupName"]: each
        for each in deployed(tenant(feature_groups=[online, offline])).of("AWS::SageMaker::FeatureGroup")
    }
    newest, every = groups[f"{PREFIX}-newest"], groups[f"{PREFIX}-all"]
    assert newest["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Days", "Value": 30}
    assert "OfflineStoreConfig" not in newest
    assert "OnlineStoreConfig" not in every


def test_feature_store_writes_below_its_prefix_and_reads_nothing(risk: Deployed) -> None:
    role = f"{PREFIX}-feature-store"
    assert may(risk, role, "s3:PutObject", f"{DATA}/feature_store/a")
    assert not may(risk, role, "s3:PutObject", f"{DATA}/churn/labelled/a")
    assert not may(risk, role, "s3:GetObject", f"{DATA}/feature_store/a")


def test_no_run_s_model_gets_into_the_registry_by_itself(risk: Deployed) -> None:
    (app,) = risk.of("AWS::SageMaker::MlflowApp")
    assert app["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"
    models = f"arn:aws:s3:::{PREFIX}-models-{ACCOUNT}-{REGION}"
    assert may(risk, f"{PREFIX}-mlflow", "s3:PutObject", f"{models}/mlflow_app/1/artifacts/a")
    assert not may(risk, f"{PREFIX}-mlflow", "s3:PutObject", f"{models}/churn/1/model.tar.gz")
    for action in ("CreateModelPackage", "UpdateModelPackage", "CreateModelPackageGroup"):
        assert not may(risk, f"{PREFIX}-mlflow", f"sagemaker:{action}", "*"), action


def test_what_holds_data_stays_unless_the_team_destroys_it(risk: Deployed) -> None:
    assert {each.type for each in risk.resources} >= KEEPING
    assert set(policies(risk, *KEEPING).values()) == {"Retain"}
    gone = deployed(tenant(models=[MODEL], mlflow=True, feature_groups=[GROUP], destroys_data=True))
    assert set(policies(gone, *KEEPING).values()) == {"Delete"}
    assert {each["EmptyOnDelete"] for each in gone.of("AWS::ECR::Repository")} == {True}
    assert {each["EmptyOnDelete"] for each in risk.of("AWS::ECR::Repository")} == {False}


def test_canvas_in_a_browser_sends_files_into_the_data_bucket_and_reads_none(risk: Deployed) -> None:
    canvas = deployed(tenant(models=[MODEL], studio={"canvas": {}}))
    asked = {each["BucketName"].split("-")[2]: each.get("CorsConfiguration") for each in canvas.of("AWS::S3::Bucket")}
    [rule] = asked["data"]["CorsRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == ([f"https://*.studio.{REGION}.sagemaker.aws"], ["POST"])
    assert {purpose for purpose, answers in asked.items() if answers} == {"data", "projects"}
    assert "CorsConfiguration" not in next(
        each for each in risk.of("AWS::S3::Bucket") if each["BucketName"] == f"{PREFIX}-data-{ACCOUNT}-{REGION}"
    ), "nobody asked for Canvas"


def test_the_least_team_has_no_features_no_experiments_and_no_projects() -> None:
    least = deployed(tenant(mlflow=False))
    made = {each.type for each in least.resources}
    assert not made & {"AWS::SageMaker::FeatureGroup", "AWS::SageMaker::MlflowApp"}
    assert {each["BucketName"].split("-")[2] for each in least.of("AWS::S3::Bucket")} == set(BUCKETS)
    roles = {each["RoleName"] for each in least.of("AWS::IAM::Role")}
    assert not roles & {f"{PREFIX}-{kind}" for kind in ("feature-store", "mlflow", "project-launch", "project-build")}
