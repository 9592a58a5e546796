"""The build of images in the account: what it is told, what its role can do, and who hears of its failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.contracts.builds import BuildEnvironment, orders_from_json
from core.contracts.content import content_files
from infra.image_build import FIVE_MINUTES_S, platform_sources
from infra.images import DOCKERFILE, image_uris, own_image_uris
from tests.infra.artifacts import ACCOUNT, PREFIX, REGION, ROOT, deployed, tenant
from tests.wiring.access import may
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

ROLE = f"{PREFIX}-images"


def image(folder: Path, name: str) -> dict[str, str]:
    (folder / name).mkdir()
    (folder / name / "Dockerfile").write_text(f"FROM scratch\nLABEL name={name}\n")
    return {"name": name, "folder": name}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("teams")


@pytest.fixture(scope="module")
def images(home: Path) -> list[dict[str, str]]:
    return [image(home, "notebook"), image(home, "own-tools")]


@pytest.fixture(scope="module")
def risk(home: Path, images: list[dict[str, str]]) -> Deployed:
    return deployed(tenant(home=home, images=images))


def told(risk: Deployed) -> BuildEnvironment:
    project = risk.one("AWS::CodeBuild::Project", Name=ROLE)
    return BuildEnvironment.read(
        {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
    )


def test_it_builds_what_the_templates_name(risk: Deployed, home: Path, images: list[dict[str, str]]) -> None:
    team = tenant(home=home, images=images)
    environment = told(risk)
    ordered = {
        each.name: f"{environment.registry}/{each.repository}:{each.tag}"
        for each in orders_from_json(environment.images)
    }
    assert ordered == {**image_uris(team), **own_image_uris(team)}


def test_each_image_of_the_team_s_has_its_own_sources(risk: Deployed) -> None:
    project = risk.one("AWS::CodeBuild::Project", Name=ROLE)
    sources = {each["SourceIdentifier"]: each["Location"] for each in project["SecondarySources"]}
    ordered = {each.name: each for each in orders_from_json(told(risk).images)}
    assert ordered["notebook"].source in sources
    assert ordered["own-tools"].source in sources
    assert len({*sources.values(), project["Source"]["Location"]}) == 3
    assert ordered["train"].source is None
    assert ordered["train"].dockerfile == DOCKERFILE


def test_the_sources_are_what_the_tag_is_made_of() -> None:
    folder = platform_sources()
    staged = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file()
    }
    counted = {path.relative_to(ROOT).as_posix() for path in content_files(ROOT)}
    assert staged == counted | {"tools/__init__.py", "tools/publish_images.py", ".dockerignore"}
    assert DOCKERFILE in staged


def test_it_pushes_to_the_team_s_repositories_and_writes_one_object(risk: Deployed) -> None:
    repositories = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"
    for action in ("PutImage", "UploadLayerPart", "DescribeImages"):
        assert may(risk, ROLE, f"ecr:{action}", f"{repositories}/{PREFIX}/train")
        assert may(risk, ROLE, f"ecr:{action}", f"{repositories}/{PREFIX}/own-tools")
        assert not may(risk, ROLE, f"ecr:{action}", f"{repositories}/other-dev/train")
    for action in ("BatchDeleteImage", "DeleteRepository", "SetRepositoryPolicy", "PutImageTagMutability"):
        assert not may(risk, ROLE, f"ecr:{action}", f"{repositories}/{PREFIX}/train"), action
    models = f"arn:aws:s3:::{PREFIX}-models-{ACCOUNT}-{REGION}"
    assert may(risk, ROLE, "s3:PutObject", f"{models}/container_images/digests.json")
    assert not may(risk, ROLE, "s3:PutObject", f"{models}/container_images/other")
    assert not may(risk, ROLE, "s3:GetObject", f"arn:aws:s3:::{PREFIX}-data-{ACCOUNT}-{REGION}/a")


def test_it_reads_its_sources_and_no_other_asset(risk: Deployed) -> None:
    project = risk.one("AWS::CodeBuild::Project", Name=ROLE)
    for source in (project["Source"], *project["SecondarySources"]):
        assert may(risk, ROLE, "s3:GetObject", f"arn:aws:s3:::{source['Location']}")
    bucket = project["Source"]["Location"].partition("/")[0]
    assert not may(risk, ROLE, "s3:GetObject", f"arn:aws:s3:::{bucket}/{'0' * 64}.zip")


def test_builds_are_bounded_encrypted_and_one_at_a_time(risk: Deployed) -> None:
    project = risk.one("AWS::CodeBuild::Project", Name=ROLE)
    assert project["EncryptionKey"] == risk.key_arn
    assert project["ConcurrentBuildLimit"] == 1
    assert project["TimeoutInMinutes"] <= 60
    log = project["LogsConfig"]["CloudWatchLogs"]
    assert log["Status"] == "ENABLED"
    assert risk.one("AWS::Logs::LogGroup", LogGroupName=log["GroupName"])["KmsKeyId"] == risk.key_arn


def test_one_failed_build_tells_the_team(risk: Deployed) -> None:
    alarm = risk.one("AWS::CloudWatch::Alarm", Namespace="AWS/CodeBuild")
    assert alarm["MetricName"] == "FailedBuilds"
    assert alarm["Dimensions"] == [{"Name": "ProjectName", "Value": ROLE}]
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["Period"]) == (1, 1, FIVE_MINUTES_S)
    assert alarm["TreatMissingData"] == "notBreaching"
    (topic,) = alarm["AlarmActions"]
    assert topic == f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-notifications"


def test_another_content_is_another_tag(home: Path) -> None:
    before, after = home / "before", home / "after"
    for folder in (before, after):
        folder.mkdir()
    own = image(before, "desk")
    image(after, "desk")
    uri = own_image_uris(tenant(home=before, images=[own]))["desk"]
    assert own_image_uris(tenant(home=after, images=[own]))["desk"] == uri
    changed = home / "changed"
    changed.mkdir()
    image(changed, "desk")
    (changed / "desk" / "tool.py").write_text("1")
    assert own_image_uris(tenant(home=changed, images=[own]))["desk"] != uri


def test_more_images_than_one_build_takes_are_refused(home: Path) -> None:
    many = home / "many"
    many.mkdir()
    with pytest.raises(ValueError, match="team 'risk' has 13 images; one build has at most 12"):
        deployed(tenant(home=many, images=[image(many, f"i{number}") for number in range(13)]))


def test_an_image_without_a_dockerfile_is_refused_with_its_folder(home: Path) -> None:
    (home / "empty").mkdir()
    with pytest.raises(LookupError, match=r"image 'desk' of team 'risk' has no Dockerfile in .*/empty"):
        deployed(tenant(home=home, images=[{"name": "desk", "folder": "empty"}]))
