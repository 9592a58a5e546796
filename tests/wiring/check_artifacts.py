"""From where data is reached, which images are built, and what members' projects start from."""

from __future__ import annotations

import json
import re

from core.contracts.builds import BuildEnvironment, orders_from_json
from core.contracts.projects import RESOURCE_TYPE, ProjectFiles, RepositorySettings
from infra.perimeter import INSIDE
from tests.wiring.system import System


def people_and_jobs_reach_data_from_the_vpc_alone(system: System) -> None:
    (vpc,) = [each.id for each in system.deployed.resources if each.type == "AWS::EC2::VPC"]
    roles = {system.arns.role(system.names.role(kind)) for kind in INSIDE}
    for policy in system.deployed.of("AWS::S3::BucketPolicy"):
        (statement,) = [each for each in policy["PolicyDocument"]["Statement"] if each.get("Sid") == "OnlyFromTheVpc"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"}), policy
        arn = system.arns.bucket(policy["Bucket"])
        assert set(statement["Resource"]) == {arn, f"{arn}/*"}
        condition = statement["Condition"]
        assert set(condition["ArnEquals"]["aws:PrincipalArn"]) == roles, f"{policy['Bucket']} is open to others"
        assert condition["StringNotEquals"] == {"aws:SourceVpc": vpc}, policy["Bucket"]


def every_image_that_is_named_is_built(system: System) -> None:
    """What the templates run is what the build pushes: the same repositories, the same tags."""
    told = _build(system)
    pushed = {f"{told.registry}/{each.repository}:{each.tag}" for each in orders_from_json(told.images)}
    text = json.dumps([each.properties for each in system.deployed.resources if not each.type.startswith("Custom::")])
    named = set(re.findall(rf"{re.escape(told.registry)}/[a-z0-9./_-]+:[a-zA-Z0-9._-]+", text))
    assert named <= pushed, f"nothing builds {named - pushed}"


def every_image_that_is_built_has_its_repository(system: System) -> None:
    repositories = {each["RepositoryName"] for each in system.deployed.of("AWS::ECR::Repository")}
    assert {each.repository for each in orders_from_json(_build(system).images)} == repositories


def digests_go_to_the_models_bucket(system: System) -> None:
    assert _build(system).digests_uri == f"s3://{system.bucket('models')}/{system.names.digests_key}"


def seed_code_knows_its_pipeline_and_buckets(system: System) -> None:
    files = ProjectFiles.parse(system.deployed.one(RESOURCE_TYPE))
    assert set(files.settings) == {model.name for model in system.team.models}
    for model in system.team.models:
        settings = RepositorySettings(**json.loads(files.settings[model.name]))
        assert dict(settings.features) == dict(model.features)
        system.deployed.one("AWS::SageMaker::Pipeline", PipelineName=settings.pipeline)
        for bucket in (settings.data_bucket, settings.projects_bucket):
            system.deployed.one("AWS::S3::Bucket", BucketName=bucket)


def _build(system: System) -> BuildEnvironment:
    project = system.deployed.one("AWS::CodeBuild::Project", Name=system.names.image_build)
    return BuildEnvironment.read(
        {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
    )


CHECKS = (
    people_and_jobs_reach_data_from_the_vpc_alone,
    every_image_that_is_named_is_built,
    every_image_that_is_built_has_its_repository,
    digests_go_to_the_models_bucket,
    seed_code_knows_its_pipeline_and_buckets,
)
