"""Mistakes about where data is reached from, the build of images, and what projects start from."""

from __future__ import annotations

from collections.abc import Iterator

from core.contracts.projects import RESOURCE_TYPE
from tests.wiring import check_artifacts
from tests.wiring.faults.seeding import Fault, in_template, text

POLICY, BUILD, REPOSITORY = "AWS::S3::BucketPolicy", "AWS::CodeBuild::Project", "AWS::ECR::Repository"


def faults() -> Iterator[Fault]:
    inside = check_artifacts.people_and_jobs_reach_data_from_the_vpc_alone
    named, built = (
        check_artifacts.every_image_that_is_named_is_built,
        check_artifacts.every_image_that_is_built_has_its_repository,
    )
    seed = check_artifacts.seed_code_knows_its_pipeline_and_buckets
    own = {"Name": "demo-dev-images"}
    yield in_template("data leaves by the internet", inside, POLICY, text("PolicyDocument", "SourceVpc", "SourceVpce"))
    yield in_template(
        "a training job reaches data from anywhere", inside, POLICY, text("PolicyDocument", "-training", "-trainer")
    )
    yield in_template(
        "an image that runs is not built", named, BUILD, text("Environment", "demo-dev/train", "demo-dev/trains"), **own
    )
    yield in_template(
        "a built image has no repository", built, REPOSITORY, text("RepositoryName", "demo-dev/", "other-dev/")
    )
    digests = check_artifacts.digests_go_to_the_models_bucket
    yield in_template("digests go elsewhere", digests, BUILD, text("Environment", "digests.json", "digest.json"), **own)
    yield in_template("seed code starts another pipeline", seed, RESOURCE_TYPE, text("Settings", "-training", "-train"))
