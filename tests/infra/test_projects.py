"""What a SageMaker project of the team is made of, by whom it is made, and what its build can do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from core.contracts.projects import LOCATION_TAG, RESOURCE_TYPE, TEMPLATES, ProjectFiles, RepositorySettings
from core.names import PROJECT_LONGEST, TEAM_TAG
from infra.network import NetworkIds
from infra.project_template import project_template
from tests.infra.artifacts import ACCOUNT, MODEL, PREFIX, REGION, deployed, tenant
from tests.wiring.access import may
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

PROJECT = f"{PREFIX}-churn-code"
LAUNCH, BUILD = f"{PREFIX}-project-launch", f"{PREFIX}-project-build"
FILLED = {"SageMakerProjectName": PROJECT, "SageMakerProjectId": "p-0123456789ab", "ModelName": "churn"}
SOMEWHERE = NetworkIds("vpc-0123abcd", ("subnet-0123abcd", "subnet-4567abcd"), "sg-0123abcd", ())
Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def risk() -> Deployed:
    return deployed(tenant(models=[MODEL, {**MODEL, "name": "fraud"}]))


@pytest.fixture(scope="module")
def files(risk: Deployed) -> ProjectFiles:
    return ProjectFiles.parse(risk.one(RESOURCE_TYPE))


@pytest.fixture(scope="module")
def made(files: ProjectFiles) -> Resources:
    """Properties of a project's resources, by type."""
    resources = json.loads(files.template)["Resources"].values()
    return {each["Type"]: filled(each["Properties"]) for each in resources}


def filled(value: Any) -> Any:
    """With the parameters' values."""
    match value:
        case {"Ref": str(name)}:
            return FILLED[name]
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(\w+)\}", lambda found: FILLED[found.group(1)], text)
        case dict():
            return {key: filled(each) for key, each in value.items()}
        case list():
            return [filled(each) for each in value]
    return value


def test_cloudformation_has_nothing_against_the_template() -> None:
    key, role = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", f"arn:aws:iam::{ACCOUNT}:role/{BUILD}"
    template = project_template(tenant(models=[MODEL]), network=SOMEWHERE, key_arn=key, role_arn=role)
    assert [str(each) for each in lint(template, config=ManualArgs(regions=[REGION]))] == []


def test_a_project_is_a_build_in_the_vpc_and_its_encrypted_log(risk: Deployed, made: Resources) -> None:
    assert set(made) == {"AWS::Logs::LogGroup", "AWS::CodeBuild::Project"}
    build, log = made["AWS::CodeBuild::Project"], made["AWS::Logs::LogGroup"]
    assert build["VpcConfig"]["VpcId"] == next(each.id for each in risk.resources if each.type == "AWS::EC2::VPC")
    assert build["VpcConfig"]["SecurityGroupIds"]
    assert len(build["VpcConfig"]["Subnets"]) >= 2
    assert build["ServiceRole"].endswith(f":role/{BUILD}")
    assert "PrivilegedMode" not in build["Environment"]
    assert log["KmsKeyId"] == risk.key_arn
    assert build["LogsConfig"]["CloudWatchLogs"]["GroupName"] == log["LogGroupName"]
    for properties in made.values():
        assert {"Key": "sagemaker:project-name", "Value": PROJECT} in properties["Tags"]
        assert {"Key": TEAM_TAG, "Value": PREFIX} in properties["Tags"]


def test_a_project_is_for_one_of_the_team_s_models_and_carries_its_name(files: ProjectFiles) -> None:
    parameters = json.loads(files.template)["Parameters"]
    assert parameters["ModelName"]["AllowedValues"] == ["churn", "fraud"]
    name = parameters["SageMakerProjectName"]
    assert name["MaxLength"] == PROJECT_LONGEST
    assert re.match(name["AllowedPattern"], PROJECT)
    for wrong in ("other-dev-code", PREFIX, f"{PREFIX}-", f"{PREFIX}-a-", f"x{PREFIX}-a"):
        assert not re.match(name["AllowedPattern"], wrong), wrong


def test_the_launch_role_makes_and_removes_what_a_project_holds(risk: Deployed, made: Resources) -> None:
    build = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{made['AWS::CodeBuild::Project']['Name']}"
    log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{made['AWS::Logs::LogGroup']['LogGroupName']}"
    for verb in ("Create", "Update", "Delete"):
        assert may(risk, LAUNCH, f"codebuild:{verb}Project", build), verb
    for action in ("CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "AssociateKmsKey", "TagResource"):
        assert may(risk, LAUNCH, f"logs:{action}", log), action
    handing = {"iam:PassedToService": "codebuild.amazonaws.com"}
    assert may(risk, LAUNCH, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/{BUILD}", handing)


def test_the_launch_role_makes_nothing_else(risk: Deployed) -> None:
    of = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project"
    handing = {"iam:PassedToService": "codebuild.amazonaws.com"}
    assert not may(risk, LAUNCH, "codebuild:UpdateProject", f"{of}/{PREFIX}-images")
    assert not may(risk, LAUNCH, "codebuild:CreateProject", f"{of}/other-dev-code-build")
    assert not may(risk, LAUNCH, "codebuild:StartBuild", f"{of}/{PROJECT}-build")
    for kind in ("images", "training", "project-launch", "data-scientist"):
        assert not may(risk, LAUNCH, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{kind}", handing), kind
    for action in ("iam:CreateRole", "s3:CreateBucket", "lambda:CreateFunction", "ec2:RunInstances"):
        assert not may(risk, LAUNCH, action, "*"), action


def test_a_build_starts_the_pipeline_and_registers_nothing(risk: Deployed) -> None:
    sagemaker = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
    assert may(risk, BUILD, "sagemaker:StartPipelineExecution", f"{sagemaker}:pipeline/{PREFIX}-churn-training")
    assert not may(risk, BUILD, "sagemaker:StartPipelineExecution", f"{sagemaker}:pipeline/other-dev-churn-training")
    for action in ("CreateModelPackage", "UpdateModelPackage", "CreateEndpoint", "UpdatePipeline", "CreateTrainingJob"):
        assert not may(risk, BUILD, f"sagemaker:{action}", f"{sagemaker}:{action.lower()}/{PREFIX}-churn"), action


def test_a_build_reads_what_members_brought_and_writes_labelled_rows(risk: Deployed) -> None:
    def bucket(purpose: str) -> str:
        return f"arn:aws:s3:::{PREFIX}-{purpose}-{ACCOUNT}-{REGION}"

    assert may(risk, BUILD, "s3:GetObject", f"{bucket('projects')}/sources/{PROJECT}.zip")
    assert may(risk, BUILD, "s3:PutObject", f"{bucket('data')}/churn/labelled/rows.csv")
    assert not may(risk, BUILD, "s3:PutObject", f"{bucket('projects')}/{TEMPLATES}model-repository.yaml")
    assert not may(risk, BUILD, "s3:PutObject", f"{bucket('data')}/feature_store/a")
    assert not may(risk, BUILD, "s3:PutObject", f"{bucket('models')}/churn/1/model.tar.gz")
    assert not may(risk, BUILD, "s3:GetObject", f"{bucket('capture')}/churn/a.jsonl")


def test_each_model_has_seed_code_that_knows_where_its_things_are(risk: Deployed, files: ProjectFiles) -> None:
    assert set(files.settings) == {"churn", "fraud"}
    settings = RepositorySettings(**json.loads(files.settings["churn"]))
    assert settings.features == MODEL["features"]
    assert settings.label == MODEL["label"]
    buckets = {each["BucketName"] for each in risk.of("AWS::S3::Bucket")}
    assert {settings.data_bucket, settings.projects_bucket, files.bucket} <= buckets
    risk.one("AWS::SageMaker::Pipeline", PipelineName=settings.pipeline)


def test_studio_finds_the_templates_by_the_domain_s_tag(risk: Deployed, files: ProjectFiles) -> None:
    (domain,) = risk.of("AWS::SageMaker::Domain")
    assert {"Key": LOCATION_TAG, "Value": f"s3://{files.bucket}/{TEMPLATES}"} in domain["Tags"]


@pytest.mark.parametrize("without", [{"projects": False}, {"models": []}])
def test_without_projects_or_models_there_is_no_trace_of_them(without: dict[str, Any]) -> None:
    risk = deployed(tenant(**{"models": [MODEL], **without}))
    assert not list(risk.of(RESOURCE_TYPE))
    assert not {each["RoleName"] for each in risk.of("AWS::IAM::Role")} & {LAUNCH, BUILD, f"{PREFIX}-projects"}
    (domain,) = risk.of("AWS::SageMaker::Domain")
    assert LOCATION_TAG not in {each["Key"] for each in domain["Tags"]}


def test_a_prefix_that_leaves_no_room_for_a_project_s_name_is_refused() -> None:
    long = tenant(team="a" * 15, models=[MODEL], environments=[{"name": "longername", "region": REGION}])
    with pytest.raises(
        ValueError, match="names of projects have 32 characters, and aaaaaaaaaaaaaaa-longername- leaves 5"
    ):
        project_template(long, network=SOMEWHERE, key_arn="key", role_arn="role")
