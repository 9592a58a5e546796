"""Two teams in one account of the embedded AWS, and sessions of their members as Studio gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from core.access import Persona
from core.config.load import load_teams
from core.config.team import Team
from core.names import ModelNames, TeamNames
from demo.toolchain import Toolchain
from infra.arns import Arns
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws, eventually
from tests.wiring.synthesis import ROOT

TEAMS = "tests/access/teams"


@dataclass
class TeamWorld:
    """One team as it stands: what its stacks made, and one thing of each kind that people work with."""

    aws: EmbeddedAws
    team: Team

    @property
    def names(self) -> TeamNames:
        return self.team.names(self.team.environments[0])

    @property
    def model(self) -> ModelNames:
        return self.names.model(self.team.models[0].name)

    @property
    def arns(self) -> Arns:
        return Arns(ACCOUNT, REGION)

    def arn(self, resource: str) -> str:
        return self.arns.of("sagemaker", resource)

    def role(self, kind: str) -> str:
        return self.arns.role(self.names.role(kind))

    def bucket(self, purpose: str) -> str:
        return self.names.bucket(purpose, ACCOUNT, REGION)

    def member(self, persona: Persona) -> str:
        return next(member.name for member in self.team.members if member.role == persona)

    @property
    def tags(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.names.tags(self.team.cost_center).items()]

    @cached_property
    def domain(self) -> dict[str, Any]:
        sagemaker = self.aws.client("sagemaker")
        domains = {each["DomainName"]: each["DomainId"] for each in sagemaker.list_domains()["Domains"]}
        described: dict[str, Any] = sagemaker.describe_domain(DomainId=domains[self.names.domain])
        return described

    @property
    def domain_id(self) -> str:
        return str(self.domain["DomainId"])

    @cached_property
    def network(self) -> dict[str, list[str]]:
        """VpcConfig of what the team runs, as the release path was told it."""
        name = self.names.function("promote")
        told = self.aws.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        return {
            "Subnets": told["SUBNET_IDS"].split(","),
            "SecurityGroupIds": told["SECURITY_GROUP_IDS"].split(","),
        }

    @property
    def key(self) -> str:
        return str(self.domain["KmsKeyId"])

    @cached_property
    def ciphertext(self) -> bytes:
        encrypted: bytes = self.aws.client("kms").encrypt(KeyId=self.key, Plaintext=b"x")["CiphertextBlob"]
        return encrypted

    @cached_property
    def execution(self) -> str:
        """ARN of an execution that is over; it fails, since there is no data."""
        sagemaker = self.aws.client("sagemaker")
        started = sagemaker.start_pipeline_execution(PipelineName=self.model.pipeline)["PipelineExecutionArn"]
        for _ in eventually():
            run = sagemaker.describe_pipeline_execution(PipelineExecutionArn=started)
            if run["PipelineExecutionStatus"] in ("Failed", "Succeeded", "Stopped"):
                break
        return str(started)

    @cached_property
    def package(self) -> str:
        image = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{self.names.repository('serve')}:1"}
        registered = self.aws.client("sagemaker").create_model_package(
            ModelPackageGroupName=self.model.package_group,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={
                "Containers": [{**image, "ModelDataUrl": f"s3://{self.bucket('models')}/{KEY['models']}"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(registered["ModelPackageArn"])

    @cached_property
    def mlflow(self) -> str:
        parameter = self.aws.client("ssm").get_parameter(Name=self.names.mlflow_parameter)
        return str(parameter["Parameter"]["Value"])

    def seed(self) -> None:
        """One object in each bucket that people read, and an own private space of every member."""
        s3, sagemaker = self.aws.client("s3"), self.aws.client("sagemaker")
        for purpose, key in KEY.items():
            s3.put_object(Bucket=self.bucket(purpose), Key=key, Body=b"x")
        for member in self.team.members:
            sagemaker.create_space(
                DomainId=self.domain_id,
                SpaceName=f"of-{member.name}",
                OwnershipSettings={"OwnerUserProfileName": member.name},
                SpaceSharingSettings={"SharingType": "Private"},
                SpaceSettings={"AppType": "JupyterLab"},
            )


KEY = {
    "data": "any/rows.csv",
    "models": "churn/artifacts/1/model.tar.gz",
    "reports": "churn/1.json",
    "capture": "churn/1",
}
"""Bucket -> a key in it that people read."""


@dataclass
class World:
    aws: EmbeddedAws
    own: TeamWorld
    other: TeamWorld
    _clients: dict[tuple[str, str, bool], Any] = field(default_factory=dict)

    def client(self, persona: Persona, service: str, *, outside: bool = False) -> Any:
        """Of a member of the own team who works in Studio; `outside`: with the same credentials, but not there."""
        key = (persona, service, outside)
        if key not in self._clients:
            session = {"DomainId": self.own.domain_id, "UserProfileName": self.own.member(persona)}
            credentials = self.aws.post("studio-session", session)
            self._clients[key] = self.aws.client(service, credentials)
        if outside or service in ("sagemaker", "s3"):
            vpc = None if outside else self.own.domain["VpcId"]
            known = self._clients[key]._request_signer._credentials.access_key
            self.aws.post("place", {"AccessKeyId": known, "VpcId": vpc})
        return self._clients[key]


def start(home: Path) -> World:
    """Synthesize and deploy both teams with the real tools."""
    toolchain = Toolchain(logs=home / "logs", assembly=home / "assembly")
    toolchain.synth(ACCOUNT, {"teams": TEAMS})
    aws = EmbeddedAws.start(home / "aws", hour_seconds=60)
    try:
        toolchain.bootstrap(aws.environment(), ACCOUNT, REGION)
        toolchain.deploy(aws.environment())
        teams = {team.team: TeamWorld(aws, team) for team in load_teams(ROOT / TEAMS)}
        for team in teams.values():
            team.seed()
    except BaseException:
        aws.stop()
        raise
    return World(aws, teams["risk"], teams["fraud"])


def refusal(error: ClientError) -> str | None:
    """The message of a denial; None for any other error, which only somebody who may ask gets to see."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    denied = code in ("AccessDenied", "AccessDeniedException", "AuthorizationError", "403", "UnauthorizedOperation")
    return str(message) if denied else None
