"""What a team works with, deployed to the embedded AWS by the unchanged CDK and used by the team's own people."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from core.contracts.projects import LOCATION_TAG, TEMPLATE, seed_key
from core.names import TeamNames
from demo.toolchain import Toolchain
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws, eventually

pytestmark = pytest.mark.slow(takes_s=40)

NAMES = TeamNames("risk", "dev")
TEAM: dict[str, Any] = {
    "team": "risk",
    "owners": ["owner@example.com"],
    "environments": [{"name": "dev", "retention": {"on_destroy": "delete"}}],
    "members": [{"name": "ada", "role": "data-scientist"}, {"name": "ann", "role": "analyst"}],
    "feature_groups": [
        {
            "name": "customers",
            "record_id": "id",
            "event_time": "at",
            "features": {"id": "String", "at": "String", "visits": "Integral"},
            "online_days": 30,
        }
    ],
    "models": [
        {
            "name": "churn",
            "label": "left",
            "features": {"age": "numeric", "region": "categorical"},
            "training": {"hyperparameters": {"num_round": 20}},
        }
    ],
}


@dataclass
class Deployment:
    aws: EmbeddedAws
    folder: Path

    def deploy(self, **changed: Any) -> None:
        """The team's file with some sections changed, synthesized and deployed."""
        teams = self.folder / "teams"
        teams.mkdir(exist_ok=True)
        (teams / "risk.yaml").write_text(yaml.safe_dump({**TEAM, **changed}, sort_keys=False))
        assembly = self.folder / "cdk.out"
        shutil.rmtree(assembly, ignore_errors=True)
        tools = Toolchain(self.folder / "logs", assembly)
        tools.synth(ACCOUNT, {"teams": str(teams)})
        tools.deploy(self.aws.environment())

    def bucket(self, purpose: str) -> str:
        return NAMES.bucket(purpose, ACCOUNT, REGION)

    def in_studio(self, profile: str) -> dict[str, str]:
        """Environment of an application that a member runs in Studio."""
        [domain] = self.aws.client("sagemaker").list_domains()["Domains"]
        return dict(self.aws.post("studio-session", {"DomainId": domain["DomainId"], "UserProfileName": profile}))

    def member(self, profile: str, service: str) -> Any:
        return self.aws.client(service, self.in_studio(profile))

    def outside(self, kind: str, service: str) -> Any:
        """A client with the role of a persona, from outside of the VPC."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{NAMES.role(kind)}"
        iam = self.aws.client("iam")
        trust = iam.get_role(RoleName=NAMES.role(kind))["Role"]["AssumeRolePolicyDocument"]
        anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        trust["Statement"] = [*[s for s in trust["Statement"] if s != anybody], anybody]
        iam.update_assume_role_policy(RoleName=NAMES.role(kind), PolicyDocument=json.dumps(trust))
        session = self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="laptop")["Credentials"]
        names = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey"}
        names["AWS_SESSION_TOKEN"] = "SessionToken"
        return self.aws.client(service, {variable: session[name] for variable, name in names.items()})


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("artifacts")
    with EmbeddedAws.start(folder / "home", hour_seconds=5) as aws:
        Toolchain(folder / "logs", folder / "cdk.out").bootstrap(aws.environment(), ACCOUNT, REGION)
        made = Deployment(aws, folder)
        made.deploy()
        yield made


def test_data_is_reached_from_the_teams_network_and_from_nowhere_else(deployment: Deployment) -> None:
    place = {"Bucket": deployment.bucket("data"), "Key": "churn/labelled/probe.csv"}
    deployment.member("ada", "s3").put_object(**place, Body=b"left,age,region\n")
    assert deployment.member("ada", "s3").get_object(**place)["Body"].read()
    with pytest.raises(ClientError, match="AccessDenied"):
        deployment.outside("data-scientist", "s3").get_object(**place)
    administrator = deployment.aws.client("s3")
    assert administrator.get_object(**place)["Body"].read(), "whoever administers the account is never locked out"
    administrator.delete_object(**place)


def test_templates_are_read_from_a_browser_and_written_from_nowhere_else_than_the_network(
    deployment: Deployment,
) -> None:
    s3, bucket = deployment.outside("data-scientist", "s3"), deployment.bucket("projects")
    assert s3.get_object(Bucket=bucket, Key=TEMPLATE)["Body"].read()
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="sources/mine.zip", Body=b"")
    tags = deployment.aws.client("s3").get_object_tagging(Bucket=bucket, Key=TEMPLATE)["TagSet"]
    assert tags == [{"Key": "sagemaker:studio-visibility", "Value": "true"}]
    [rule] = deployment.aws.client("s3").get_bucket_cors(Bucket=bucket)["CORSRules"]
    assert rule["AllowedMethods"] == ["GET", "HEAD"]


def test_studio_is_told_where_the_templates_are(deployment: Deployment) -> None:
    sagemaker = deployment.aws.client("sagemaker")
    [domain] = sagemaker.list_domains()["Domains"]
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=domain["DomainArn"])["Tags"]}
    assert tags[LOCATION_TAG] == f"s3://{deployment.bucket('projects')}/templates/"


def test_features_are_kept_by_scientists_and_asked_for_by_analysts(deployment: Deployment) -> None:
    records = deployment.member("ada", "sagemaker-featurestore-runtime")
    group = NAMES.feature_group("customers")
    values = {"id": "c-1", "at": f"{deployment.aws.now():%Y-%m-%dT%H:%M:%SZ}", "visits": "7"}
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    records.put_record(FeatureGroupName=group, Record=record)
    assert records.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="c-1")["Record"] == record
    analyst = deployment.member("ann", "athena")
    with pytest.raises(ClientError, match="sagemaker:PutRecord"):
        deployment.member("ann", "sagemaker-featurestore-runtime").put_record(FeatureGroupName=group, Record=record)
    for _ in eventually():
        if rows(analyst, "select visits from customers where id = 'c-1'") == [["7"]]:
            break


def rows(athena: Any, query: str) -> list[list[str]]:
    """Of the answer, without its header."""
    started = athena.start_query_execution(
        QueryString=query, WorkGroup=NAMES.workgroup, QueryExecutionContext={"Database": NAMES.database}
    )
    id = started["QueryExecutionId"]
    for _ in eventually():
        status = athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
    assert status["State"] == "SUCCEEDED", status
    found = athena.get_query_results(QueryExecutionId=id)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in found[1:]]


def test_the_mlflow_app_is_found_by_its_parameter(deployment: Deployment) -> None:
    ssm, sagemaker = deployment.member("ada", "ssm"), deployment.member("ada", "sagemaker")
    arn = ssm.get_parameter(Name=NAMES.mlflow_parameter)["Parameter"]["Value"]
    app = sagemaker.describe_mlflow_app(Arn=arn)
    assert app["ArtifactStoreUri"] == f"s3://{deployment.bucket('models')}/{NAMES.mlflow_prefix.rstrip('/')}"
    assert app["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"


def test_a_member_starts_a_repository_and_its_code_starts_the_pipeline(deployment: Deployment, tmp_path: Path) -> None:
    """As the README of the seed code says it."""
    project = NAMES.project("churn-code")
    url = f"https://{deployment.bucket('projects')}.s3.{REGION}.amazonaws.com/{TEMPLATE}"
    launch = f"arn:aws:iam::{ACCOUNT}:role/{NAMES.role('project-launch')}"
    provider = {"TemplateName": "model-repository", "TemplateURL": url, "RoleARN": launch}
    sagemaker = deployment.member("ada", "sagemaker")
    sagemaker.create_project(ProjectName=project, TemplateProviders=[{"CfnTemplateProvider": provider}])
    for _ in eventually():
        found = sagemaker.describe_project(ProjectName=project)
        if found["ProjectStatus"] != "CreateInProgress":
            break
    assert found["ProjectStatus"] == "CreateCompleted", found
    seed = deployment.member("ada", "s3").get_object(Bucket=deployment.bucket("projects"), Key=seed_key("churn"))
    zipfile.ZipFile(io.BytesIO(seed["Body"].read())).extractall(tmp_path)
    run(deployment, tmp_path, "example.py > raw/example.csv")
    run(deployment, tmp_path, "-m unittest discover tests")
    printed = run(deployment, tmp_path, "release.py")
    assert f"{NAMES.model('churn').pipeline}: Succeeded" in printed
    assert "Register" in printed
    printed = run(deployment, tmp_path, f"push.py {project}", fails=True)
    assert "No container engine" in printed, "the embedded AWS was launched without one"
    [build] = deployment.aws.client("codebuild").batch_get_projects(names=[f"{project}-build"])["projects"]
    assert build["vpcConfig"]["subnets"]


def run(deployment: Deployment, folder: Path, command: str, *, fails: bool = False) -> str:
    """What a command prints in a Studio application of the data scientist."""
    inherited = {"PATH": os.environ["PATH"], "HOMEOSTAT_PAUSE_S": "0.2"}
    done = subprocess.run(
        f"{sys.executable} {command}",
        shell=True,
        cwd=folder,
        env={**inherited, **deployment.in_studio("ada")},
        text=True,
        capture_output=True,
        check=False,
        timeout=900,
    )
    printed = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, printed
    return printed


def test_groups_and_limits_change_in_place(deployment: Deployment) -> None:
    sagemaker, name = deployment.aws.client("sagemaker"), NAMES.feature_group("customers")
    before = sagemaker.describe_feature_group(FeatureGroupName=name)
    [group] = TEAM["feature_groups"]
    grown = {**group, "online_days": 60, "features": {**group["features"], "spend": "Fractional"}}
    deployment.deploy(feature_groups=[grown], queries={"scan_limit_gb": 5})
    after = sagemaker.describe_feature_group(FeatureGroupName=name)
    assert after["CreationTime"] == before["CreationTime"]
    assert after["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Days", "Value": 60}
    assert after["FeatureDefinitions"][-1] == {"FeatureName": "spend", "FeatureType": "Fractional"}
    athena = deployment.aws.client("athena").get_work_group(WorkGroup=NAMES.workgroup)["WorkGroup"]
    assert athena["Configuration"]["BytesScannedCutoffPerQuery"] == 5 * 1024**3
