"""Studio on the embedded AWS, by the unchanged `cdk deploy`: made, changed in place, and removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local.start import EmbeddedAws, eventually
from tests.infra.cdk import Platform

pytestmark = pytest.mark.slow(takes_s=30)

RICH: dict[str, Any] = {
    "team": "rich",
    "owners": ["owner@example.com"],
    "environments": [{"name": "dev", "network": {"cidr": "10.60.0.0/16"}, "retention": {"on_destroy": "delete"}}],
    "studio": {
        "auth": "SSO",
        "idle_minutes": 120,
        "setup": {"JupyterLab": "#!/bin/bash\necho one\n"},
        "images": ["geo"],
        "canvas": {"deploy_models": True},
        "rstudio": {"connect_url": "https://connect.example.com"},
    },
    "images": [{"name": "geo", "folder": "geo"}],
    "members": [
        {"name": "ada", "role": "data-scientist", "sso_user": "ada@example.com"},
        {"name": "lin", "role": "analyst", "sso_user": "lin@example.com"},
    ],
    "spaces": [{"name": "desk", "owner": "ada"}, {"name": "code", "owner": "lin", "app": "CodeEditor"}],
}
CLASSIC: dict[str, Any] = {
    "team": "classic",
    "owners": ["owner@example.com"],
    "environments": [{"name": "dev", "network": {"cidr": "10.61.0.0/16"}, "retention": {"on_destroy": "delete"}}],
    "studio": {"notebooks": [{"name": "lab", "owner": "ada"}]},
    "members": [{"name": "ada", "role": "ml-engineer"}],
    "spaces": [{"name": "common", "owner": "ada", "sharing": "Shared"}],
}
LAB = "classic-dev-lab"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Both teams' Studio, standing."""
    folder = tmp_path_factory.mktemp("platform")
    (folder / "teams" / "geo").mkdir(parents=True)
    (folder / "teams" / "geo" / "Dockerfile").write_text("FROM scratch\n")
    with EmbeddedAws.start(folder / "home", hour_seconds=60) as aws:
        platform = Platform(aws, folder)
        platform.bootstrap()
        write(platform, RICH, CLASSIC)
        platform.deploy("rich-dev/studio", "classic-dev/studio")
        yield platform


def write(platform: Platform, *teams: dict[str, Any]) -> None:
    for team in teams:
        (platform.teams / f"{team['team']}.yaml").write_text(yaml.safe_dump(team))


@pytest.fixture(scope="module")
def sagemaker(platform: Platform) -> Any:
    return platform.aws.client("sagemaker")


def domain(sagemaker: Any, name: str = "rich-dev") -> Any:
    (id,) = [each["DomainId"] for each in sagemaker.list_domains()["Domains"] if each["DomainName"] == name]
    return sagemaker.describe_domain(DomainId=id)


def custom_images(found: Any) -> list[str]:
    images = found["DefaultUserSettings"]["JupyterLabAppSettings"].get("CustomImages", [])
    return [each["ImageName"] for each in images]


def script_of(found: Any) -> str:
    arn: str = found["DefaultUserSettings"]["JupyterLabAppSettings"].get("BuiltInLifecycleConfigArn", "")
    return arn.rpartition("/")[2]


def names(listed: Any, member: str) -> set[str]:
    return {each[member] for each in listed}


# The tests below follow one another: each starts from what the one before it left.


def test_the_domain_is_what_the_file_says(sagemaker: Any) -> None:
    found = domain(sagemaker)
    assert (found["AuthMode"], found["AppNetworkAccessType"]) == ("SSO", "VpcOnly")
    settings = found["DefaultUserSettings"]
    assert settings["CanvasAppSettings"]["DirectDeploySettings"] == {"Status": "ENABLED"}
    assert settings["CanvasAppSettings"]["WorkspaceSettings"]["S3ArtifactPath"].endswith("/canvas/")
    assert found["DomainSettings"]["RStudioServerProDomainSettings"]["RStudioConnectUrl"]
    assert custom_images(found) == []


def test_members_sign_in_as_the_file_says(sagemaker: Any) -> None:
    ada = sagemaker.describe_user_profile(DomainId=domain(sagemaker)["DomainId"], UserProfileName="ada")
    assert (ada["SingleSignOnUserIdentifier"], ada["SingleSignOnUserValue"]) == ("UserName", "ada@example.com")
    other = domain(sagemaker, "classic-dev")["DomainId"]
    assert "SingleSignOnUserValue" not in sagemaker.describe_user_profile(DomainId=other, UserProfileName="ada")
    url = sagemaker.create_presigned_domain_url(DomainId=other, UserProfileName="ada")["AuthorizedUrl"]
    assert other in url


def test_a_notebook_instance_stands_in_the_team_s_network(sagemaker: Any) -> None:
    found = sagemaker.describe_notebook_instance(NotebookInstanceName=LAB)
    assert found["NotebookInstanceStatus"] == "InService"
    assert found["NotebookInstanceLifecycleConfigName"] == "classic-dev-stops-when-idle"
    assert found["SubnetId"] in domain(sagemaker, "classic-dev")["SubnetIds"]


def test_a_pushed_image_is_shown_without_another_deployment(platform: Platform, sagemaker: Any) -> None:
    push(platform, "one")
    for _ in eventually():
        if custom_images(domain(sagemaker)) == ["rich-dev-geo"]:
            break
    (version,) = sagemaker.list_image_versions(ImageName="rich-dev-geo")["ImageVersions"]
    assert version["ImageVersionStatus"] == "CREATED"


def push(platform: Platform, tag: str) -> None:
    manifest = json.dumps({"schemaVersion": 2, "config": {"digest": tag}})
    platform.aws.client("ecr").put_image(repositoryName="rich-dev/geo", imageManifest=manifest, imageTag=tag)


def test_the_next_push_makes_the_next_version(platform: Platform, sagemaker: Any) -> None:
    push(platform, "two")
    for _ in eventually():
        if len(sagemaker.list_image_versions(ImageName="rich-dev-geo")["ImageVersions"]) == 2:
            return


def test_a_change_of_the_file_is_made_in_place(platform: Platform, sagemaker: Any) -> None:
    before = domain(sagemaker)
    old_script = script_of(before)
    lab = sagemaker.describe_notebook_instance(NotebookInstanceName=LAB)
    kay = {"name": "kay", "role": "approver", "sso_user": "kay@example.com"}
    changed = {
        **RICH,
        "studio": {**RICH["studio"], "idle_minutes": 60, "setup": {"JupyterLab": "#!/bin/bash\necho two\n"}},
        "members": [*RICH["members"], kay],
        "spaces": [
            {"name": "desk", "owner": "ada", "volume_gb": 50},
            *RICH["spaces"][1:],
            {"name": "k", "owner": "kay"},
        ],
    }
    classic = {**CLASSIC, "studio": {"notebooks": [{"name": "lab", "owner": "ada", "volume_gb": 40}]}}
    write(platform, changed, classic)
    platform.deploy("rich-dev/studio", "classic-dev/studio")

    found = domain(sagemaker)
    id = found["DomainId"]
    assert (id, found["CreationTime"]) == (before["DomainId"], before["CreationTime"])
    idle = found["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]["IdleSettings"]
    assert idle["IdleTimeoutInMinutes"] == 60
    assert custom_images(found) == ["rich-dev-geo"]
    assert found["DefaultUserSettings"]["CanvasAppSettings"]["DirectDeploySettings"] == {"Status": "ENABLED"}
    scripts = names(sagemaker.list_studio_lifecycle_configs()["StudioLifecycleConfigs"], "StudioLifecycleConfigName")
    assert script_of(found) != old_script
    assert scripts == {script_of(found)}
    assert names(sagemaker.list_user_profiles(DomainIdEquals=id)["UserProfiles"], "UserProfileName") == {
        "ada",
        "lin",
        "kay",
    }
    desk = sagemaker.describe_space(DomainId=id, SpaceName="desk")
    assert desk["SpaceSettings"]["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"] == 50
    grown = sagemaker.describe_notebook_instance(NotebookInstanceName=LAB)
    assert (grown["VolumeSizeInGB"], grown["NotebookInstanceStatus"]) == (40, "InService")
    assert grown["CreationTime"] == lab["CreationTime"]


def test_what_is_taken_from_the_file_is_taken_back(platform: Platform, sagemaker: Any) -> None:
    rstudio = RICH["studio"]["rstudio"]
    grown = [{"name": "desk", "owner": "ada", "volume_gb": 50}]
    write(platform, {**RICH, "studio": {"auth": "SSO", "rstudio": rstudio}, "images": [], "spaces": grown})
    platform.deploy("rich-dev/studio")
    found = domain(sagemaker)
    assert found["DefaultUserSettings"]["CanvasAppSettings"]["DirectDeploySettings"] == {"Status": "DISABLED"}
    assert (custom_images(found), script_of(found)) == ([], "")
    assert sagemaker.list_images()["Images"] == []
    assert sagemaker.list_studio_lifecycle_configs()["StudioLifecycleConfigs"] == []


def test_studio_goes_as_a_whole_with_what_runs_in_it(platform: Platform, sagemaker: Any) -> None:
    """An application in a space, one in a profile, and RStudio's server."""
    id = domain(sagemaker)["DomainId"]
    sagemaker.create_app(DomainId=id, SpaceName="desk", AppType="JupyterLab", AppName="default")
    sagemaker.create_app(DomainId=id, UserProfileName="lin", AppType="Canvas", AppName="default")
    platform.destroy("rich-dev/studio", "classic-dev/studio")
    assert sagemaker.list_domains()["Domains"] == []
    assert sagemaker.list_notebook_instances()["NotebookInstances"] == []
    stacks = platform.aws.client("cloudformation").list_stacks(StackStatusFilter=["DELETE_FAILED"])
    assert stacks["StackSummaries"] == []
