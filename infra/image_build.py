"""The build of container images inside the account: no laptop, no Docker of one's own."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from core.contracts.builds import LONGEST_ENVIRONMENT, MOST_FOLDERS, BuildEnvironment, ImageOrder, orders_to_json
from core.contracts.content import content_files
from infra.archive import archived
from infra.grants import use_key, write
from infra.images import ROOT, Built, built_images
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow
from infra.tenant import Tenant

IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
"""Has Docker, the AWS CLI and Python; SageMaker's usual instances are x86 as well."""
CURATED = (
    "AWS's own build image, which CodeBuild serves by name and has no digest for. What it builds is named by the "
    "content of its sources, from base images pinned by digest."
)
TIMEOUT_MINUTES = 60
WAIT_MINUTES = 30
"""Longest time in the queue behind another build."""
STAGING = ROOT / "build" / "images"
PUBLISHER = ("tools/__init__.py", "tools/publish_images.py")
BUILDSPEC = """\
version: 0.2
env:
  shell: bash
phases:
  install:
    runtime-versions:
      python: 3.13
  build:
    commands:
      - python -m tools.publish_images
"""
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
FIVE_MINUTES_S = 300


class ImageBuild(Part):
    """A CodeBuild project that makes the platform's images and the team's own, and an alarm when it fails.

    It runs outside of the VPC, because it needs a package index and base images and the VPC has no way to the internet.
    Its sources are assets of this deployment, so what it builds is what the deployed templates name by tag. Nothing
    starts it by itself: `make build` does, and waits. Docker inside of it needs privileged mode.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        images = built_images(tenant)
        platform = Asset(self, "Sources", path=str(_platform_archive()))
        own = {
            image.name: Asset(self, f"{image.name}-sources", path=str(image.folder)) for image in images if image.folder
        }
        if len(own) > MOST_FOLDERS:
            raise ValueError(f"team {tenant.team.team!r} has {len(own)} images; one build has at most {MOST_FOLDERS}")
        places = [arn(self, asset) for asset in (platform, *own.values())]
        grants = self._grants(key_arn, places, [image.repository for image in images])
        role = Role(self, "Role", tenant, kind="images", service="codebuild.amazonaws.com", grants=grants)
        log = {"LogGroupName": self.log_group, "RetentionInDays": tenant.environment.retention.log_days}
        logs = self.add("Log", "AWS::Logs::LogGroup", {**log, "KmsKeyId": key_arn})
        self.add(
            "Project",
            "AWS::CodeBuild::Project",
            {
                "Name": self.names.image_build,
                "Description": f"Builds the container images of {self.names.prefix}",
                "ServiceRole": role.arn,
                "EncryptionKey": key_arn,
                "Artifacts": {"Type": "NO_ARTIFACTS"},
                "Source": {"Type": "S3", "Location": location(platform), "BuildSpec": BUILDSPEC},
                "SecondarySources": [
                    {"Type": "S3", "Location": location(asset), "SourceIdentifier": identifier(name)}
                    for name, asset in own.items()
                ],
                "Environment": {
                    "Type": "LINUX_CONTAINER",
                    "Image": IMAGE,
                    "ComputeType": "BUILD_GENERAL1_SMALL",
                    "PrivilegedMode": True,
                    "EnvironmentVariables": self._variables(images),
                },
                "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": self.log_group}},
                "TimeoutInMinutes": TIMEOUT_MINUTES,
                "QueuedTimeoutInMinutes": WAIT_MINUTES,
                "ConcurrentBuildLimit": 1,
            },
            after=[role.resource, logs],
            acknowledges={"SM-28": CURATED},
        )
        self._alarm()

    @property
    def log_group(self) -> str:
        return f"/aws/codebuild/{self.names.image_build}"

    def _variables(self, images: tuple[Built, ...]) -> list[dict[str, str]]:
        orders = [
            ImageOrder(
                image.name,
                image.repository,
                image.tag,
                image.dockerfile,
                image.target,
                identifier(image.name) if image.folder else None,
            )
            for image in images
        ]
        told = BuildEnvironment(
            registry=f"{self.tenant.account}.dkr.ecr.{self.tenant.region}.amazonaws.com",
            images=orders_to_json(orders),
            digests_uri=f"s3://{self.tenant.bucket('models')}/{self.names.digests_key}",
        ).variables()
        length = sum(len(name) + len(value) for name, value in told.items())
        if length > LONGEST_ENVIRONMENT:
            raise ValueError(
                f"the images of team {self.tenant.team.team!r} take {length} characters of the {LONGEST_ENVIRONMENT} "
                "that CodeBuild takes: use fewer images or shorter names"
            )
        return [{"Name": name, "Value": value} for name, value in told.items()]

    def _grants(self, key_arn: str, sources: list[str], repositories: list[str]) -> list[Statement]:
        """Its sources, the team's repositories, its log, one object."""
        streams = self.arns.of("logs", f"log-group:{self.log_group}:*")
        return [
            allow(["s3:GetObject", "s3:GetObjectVersion"], sources),
            allow(PUSH, [self.arns.of("ecr", f"repository/{name}") for name in repositories]),
            allow(["ecr:GetAuthorizationToken"], ["*"]),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams]),
            *write(self.tenant, "models", self.names.digests_key),
            *use_key(key_arn),
        ]

    def _alarm(self) -> None:
        """One build that fails or takes too long tells the team; one that somebody stopped does not."""
        self.add(
            "Failed",
            "AWS::CloudWatch::Alarm",
            {
                "AlarmDescription": f"{self.names.prefix}: a build of container images failed; see {self.log_group}",
                "Namespace": "AWS/CodeBuild",
                "MetricName": "FailedBuilds",
                "Dimensions": [{"Name": "ProjectName", "Value": self.names.image_build}],
                "Statistic": "Sum",
                "Period": FIVE_MINUTES_S,
                "EvaluationPeriods": 1,
                "DatapointsToAlarm": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [self.arns.of("sns", self.names.topic)],
            },
        )


def identifier(image: str) -> str:
    """Of a secondary source: letters, digits and underscores."""
    return image.replace("-", "_")


def location(asset: Asset) -> str:
    return f"{asset.s3_bucket_name}/{asset.s3_object_key}"


def arn(part: Part, asset: Asset) -> str:
    return f"{part.arns.bucket(asset.s3_bucket_name)}/{asset.s3_object_key}"


@cache
def _platform_archive() -> Path:
    return archived("images", {name: path.read_bytes() for name, path in _platform_files().items()})


def _platform_files() -> dict[str, Path]:
    files = {path.relative_to(ROOT).as_posix(): path for path in content_files(ROOT)}
    return files | {name: ROOT / name for name in (*PUBLISHER, ".dockerignore")}


@cache
def platform_sources() -> Path:
    """A folder with what the platform's images are made of, and what publishes them; named after its content."""
    files = _platform_files()
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        digest.update(f"{name}\0".encode() + path.read_bytes())
    target = STAGING / digest.hexdigest()[:16]
    if not target.is_dir():
        _stage(files, target)
    return target


def _stage(files: dict[str, Path], target: Path) -> None:
    """Write aside, then rename: the folder is there as a whole or not at all."""
    STAGING.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=STAGING))
    for name, path in files.items():
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, aside / name)
    aside.chmod(0o755)
    try:
        aside.rename(target)
    except OSError:  # another run was faster, with the same content
        shutil.rmtree(aside)
