"""How the settings of domains, profiles and spaces change, and what SageMaker refuses of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.sagemaker.settings import images, merged, scripts
from local.start import EmbeddedAws, eventually

pytestmark = pytest.mark.slow

IN_VPC = {"SubnetIds": ["subnet-00000001"], "VpcId": "vpc-00000001", "AppNetworkAccessType": "VpcOnly"}
"""The account's default one."""
ECR = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def sagemaker(aws: EmbeddedAws) -> Any:
    return aws.client("sagemaker")


@pytest.fixture
def make_domain(sagemaker: Any, role: Callable[..., str], unique: Callable[[str], str]) -> Callable[..., str]:
    """`make_domain(AuthMode="SSO", ...)` is the id of a new domain that is ready."""

    def make(**members: Any) -> str:
        settings = {"ExecutionRole": role("sagemaker"), **members.pop("DefaultUserSettings", {})}
        request = {"AuthMode": "IAM", **IN_VPC}
        made = sagemaker.create_domain(
            **{**request, **members}, DomainName=unique("domain"), DefaultUserSettings=settings
        )
        id: str = made["DomainArn"].rpartition("/")[2]
        ready(sagemaker, id)
        return id

    return make


def ready(sagemaker: Any, domain: str) -> Any:
    for _ in eventually():
        found = sagemaker.describe_domain(DomainId=domain)
        if found["Status"] == "InService":
            break
    return found


def until(condition: Callable[[], Any]) -> None:
    for _ in eventually():
        if condition():
            return


def test_what_a_change_does_not_name_stays() -> None:
    standing = {"A": {"x": 1, "Images": [1, 2]}, "B": {"y": 2}}
    assert merged(standing, {"A": {"Images": []}}) == {"A": {"x": 1, "Images": []}, "B": {"y": 2}}
    assert merged({"Arn": "arn", "z": 1}, {"Arn": "None"}) == {"z": 1}


def test_scripts_and_images_are_found_wherever_settings_name_them() -> None:
    settings = {
        "JupyterLabAppSettings": {
            "BuiltInLifecycleConfigArn": "arn:1",
            "DefaultResourceSpec": {"LifecycleConfigArn": "arn:2"},
            "LifecycleConfigArns": ["arn:3"],
            "CustomImages": [{"ImageName": "i"}],
        },
        "CodeEditorAppSettings": {"BuiltInLifecycleConfigArn": "None"},
    }
    assert scripts(settings) == {"arn:1", "arn:2", "arn:3"}
    assert images(settings) == [{"ImageName": "i"}]


def test_a_change_of_one_application_leaves_canvas_and_the_rest(
    sagemaker: Any, make_domain: Callable[..., str]
) -> None:
    domain = make_domain()
    canvas = {"DirectDeploySettings": {"Status": "ENABLED"}}
    idle = {"IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}}
    for change in ({"CanvasAppSettings": canvas}, {"JupyterLabAppSettings": {"AppLifecycleManagement": idle}}):
        sagemaker.update_domain(DomainId=domain, DefaultUserSettings=change)
        settings = ready(sagemaker, domain)["DefaultUserSettings"]
    assert settings["CanvasAppSettings"] == canvas
    assert settings["ExecutionRole"]


def test_a_domain_that_is_being_changed_takes_no_other_change(
    aws: EmbeddedAws, sagemaker: Any, make_domain: Callable[..., str]
) -> None:
    domain = make_domain()
    aws.post("sagemaker/fail", {"kind": "Domain", "phase": "delete", "reason": "No."})
    sagemaker.delete_domain(DomainId=domain)
    with pytest.raises(ClientError, match="cannot be updated now"):
        sagemaker.update_domain(DomainId=domain, DefaultSpaceSettings={})
    with pytest.raises(ClientError, match="not InService"):
        sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")


def test_who_manages_security_groups_is_said_with_rstudio_only(
    sagemaker: Any, make_domain: Callable[..., str], role: Callable[..., str]
) -> None:
    with pytest.raises(ClientError, match="can only be set for Rstudio enabled domains"):
        make_domain(AppSecurityGroupManagement="Customer")
    server = {"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": role("sagemaker")}}
    with pytest.raises(ClientError, match="must be Service"):
        make_domain(DomainSettings=server)
    domain = make_domain(DomainSettings=server, AppSecurityGroupManagement="Service")
    (app,) = sagemaker.list_apps(DomainIdEquals=domain)["Apps"]
    assert (app["AppType"], app["UserProfileName"]) == ("RStudioServerPro", "domain-shared")
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.delete_domain(DomainId=domain)


def test_rstudio_comes_to_a_domain_later(
    sagemaker: Any, make_domain: Callable[..., str], role: Callable[..., str]
) -> None:
    domain = make_domain()
    server = {"DomainExecutionRoleArn": role("sagemaker"), "RStudioConnectUrl": "https://connect.example.com"}
    sagemaker.update_domain(
        DomainId=domain,
        AppSecurityGroupManagement="Service",
        DomainSettingsForUpdate={"RStudioServerProDomainSettingsForUpdate": server},
    )
    found = ready(sagemaker, domain)
    assert found["DomainSettings"]["RStudioServerProDomainSettings"] == server
    assert len(sagemaker.list_apps(DomainIdEquals=domain)["Apps"]) == 1


def test_a_profile_names_its_user_with_sso_and_nobody_with_iam(sagemaker: Any, make_domain: Callable[..., str]) -> None:
    user = {"SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": "ada@example.com"}
    for mode, wrong, right, words in (("SSO", {}, user, "are required"), ("IAM", user, {}, "cannot be specified")):
        domain = make_domain(AuthMode=mode)
        with pytest.raises(ClientError, match=words):
            sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada", **wrong)
        sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada", **right)


def test_a_profile_with_a_space_is_not_deleted(sagemaker: Any, make_domain: Callable[..., str]) -> None:
    domain = make_domain()
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")
    sagemaker.create_space(
        DomainId=domain,
        SpaceName="desk",
        OwnershipSettings={"OwnerUserProfileName": "ada"},
        SpaceSharingSettings={"SharingType": "Private"},
    )
    with pytest.raises(ClientError, match="Space desk is still associated"):
        sagemaker.delete_user_profile(DomainId=domain, UserProfileName="ada")


def test_a_volume_grows_up_to_the_domain_s_limit(sagemaker: Any, make_domain: Callable[..., str]) -> None:
    limits = {"DefaultEbsVolumeSizeInGb": 5, "MaximumEbsVolumeSizeInGb": 50}
    domain = make_domain(DefaultUserSettings={"SpaceStorageSettings": {"DefaultEbsStorageSettings": limits}})
    space = {"DomainId": domain, "SpaceName": "desk"}

    def of(size: int) -> Any:
        return {"SpaceSettings": {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": size}}}}

    sagemaker.create_space(**space, **of(10))
    sagemaker.update_space(**space, **of(20))
    with pytest.raises(ClientError, match="cannot be decreased from 20 to 10"):
        sagemaker.update_space(**space, **of(10))
    with pytest.raises(ClientError, match="more than the domain's maximum of 50"):
        sagemaker.update_space(**space, **of(60))


def test_a_space_runs_its_own_kind_of_application(sagemaker: Any, make_domain: Callable[..., str]) -> None:
    domain = make_domain()
    sagemaker.create_space(DomainId=domain, SpaceName="desk", SpaceSettings={"AppType": "CodeEditor"})
    app = {"DomainId": domain, "SpaceName": "desk", "AppName": "default"}
    with pytest.raises(ClientError, match="Space desk is for CodeEditor"):
        sagemaker.create_app(**app, AppType="JupyterLab")
    sagemaker.create_app(**app, AppType="CodeEditor")
    identity = {"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"}
    with pytest.raises(ClientError, match="ExecutionRoleIdentityConfig cannot be changed"):
        sagemaker.update_domain(DomainId=domain, DomainSettingsForUpdate=identity)


@pytest.fixture
def script(sagemaker: Any, unique: Callable[[str], str]) -> tuple[str, str]:
    """Name and ARN of a new lifecycle configuration."""
    name = unique("script")
    made = sagemaker.create_studio_lifecycle_config(
        StudioLifecycleConfigName=name,
        StudioLifecycleConfigContent="ZWNobw==",
        StudioLifecycleConfigAppType="JupyterLab",
    )
    return name, made["StudioLifecycleConfigArn"]


def test_a_script_is_deleted_once_no_domain_names_it(
    sagemaker: Any, make_domain: Callable[..., str], script: tuple[str, str]
) -> None:
    name, arn = script
    domain = make_domain(DefaultUserSettings={"JupyterLabAppSettings": {"BuiltInLifecycleConfigArn": arn}})
    with pytest.raises(ClientError, match="attached to Domain"):
        sagemaker.delete_studio_lifecycle_config(StudioLifecycleConfigName=name)
    taken = {"JupyterLabAppSettings": {"BuiltInLifecycleConfigArn": "None"}}
    sagemaker.update_domain(DomainId=domain, DefaultUserSettings=taken)
    sagemaker.delete_studio_lifecycle_config(StudioLifecycleConfigName=name)


def test_settings_name_only_what_exists(sagemaker: Any, make_domain: Callable[..., str]) -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000:studio-lifecycle-config/absent"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        make_domain(DefaultUserSettings={"JupyterLabAppSettings": {"BuiltInLifecycleConfigArn": arn}})


@pytest.fixture
def image(sagemaker: Any, role: Callable[..., str], unique: Callable[[str], str]) -> str:
    name = unique("image")
    sagemaker.create_image(ImageName=name, RoleArn=role("sagemaker"))
    until(lambda: sagemaker.describe_image(ImageName=name)["ImageStatus"] == "CREATED")
    return name


@pytest.fixture
def repository(aws: EmbeddedAws, unique: Callable[[str], str]) -> tuple[str, str]:
    """URIs of two container images, by tag and by digest."""
    ecr, name = aws.client("ecr"), unique("team/geo")
    ecr.create_repository(repositoryName=name)
    digests = [
        ecr.put_image(repositoryName=name, imageManifest=json.dumps({"schemaVersion": 2, "x": tag}), imageTag=tag)[
            "image"
        ]["imageId"]["imageDigest"]
        for tag in ("one", "two")
    ]
    return f"{ECR}/{name}:one", f"{ECR}/{name}@{digests[1]}"


def status(sagemaker: Any, image: str, **version: Any) -> Any:
    """Of a version, once it is made or has failed."""
    for _ in eventually():
        found = sagemaker.describe_image_version(ImageName=image, **version)
        if found["ImageVersionStatus"] != "CREATING":
            break
    return found


def test_versions_count_up_and_are_found_by_alias(sagemaker: Any, image: str, repository: tuple[str, str]) -> None:
    for alias, base in zip(("old", "new"), repository, strict=True):
        sagemaker.create_image_version(ImageName=image, BaseImage=base, Aliases=[alias], ClientToken=alias)
    assert status(sagemaker, image)["Version"] == 2
    assert status(sagemaker, image, Alias="old")["BaseImage"] == repository[0]
    sagemaker.delete_image_version(ImageName=image, Version=1)


def test_a_token_makes_one_version(sagemaker: Any, image: str, repository: tuple[str, str]) -> None:
    for _ in range(2):
        sagemaker.create_image_version(ImageName=image, BaseImage=repository[0], ClientToken="once")
    assert len(sagemaker.list_image_versions(ImageName=image)["ImageVersions"]) == 1


def test_a_version_of_what_was_never_pushed_fails_with_the_reason(sagemaker: Any, image: str) -> None:
    with pytest.raises(ClientError, match=r"Latest ImageVersion .* does not exist"):
        sagemaker.describe_image_version(ImageName=image)
    sagemaker.create_image_version(ImageName=image, BaseImage=f"{ECR}/absent:tag", ClientToken="t")
    found = status(sagemaker, image)
    assert (found["ImageVersionStatus"], "does not exist" in found["FailureReason"]) == ("CREATE_FAILED", True)


def test_an_image_is_attached_with_a_version_and_deleted_when_it_is_not(
    sagemaker: Any, make_domain: Callable[..., str], image: str, repository: tuple[str, str]
) -> None:
    domain, config = make_domain(), f"{image}-jl"
    sagemaker.create_app_image_config(AppImageConfigName=config, JupyterLabAppImageConfig={})
    attached = {"JupyterLabAppSettings": {"CustomImages": [{"ImageName": image, "AppImageConfigName": config}]}}
    with pytest.raises(ClientError, match="has no version"):
        sagemaker.update_domain(DomainId=domain, DefaultUserSettings=attached)
    sagemaker.create_image_version(ImageName=image, BaseImage=repository[0], ClientToken="t")
    sagemaker.update_domain(DomainId=domain, DefaultUserSettings=attached)
    ready(sagemaker, domain)
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.delete_image(ImageName=image)
    sagemaker.update_domain(DomainId=domain, DefaultUserSettings={"JupyterLabAppSettings": {"CustomImages": []}})
    sagemaker.delete_image(ImageName=image)


def test_a_push_is_told_to_eventbridge(aws: EmbeddedAws, queue: Callable[[], tuple[str, str]], unique: Any) -> None:
    url, arn = queue()
    sqs, events, ecr, name = aws.client("sqs"), aws.client("events"), aws.client("ecr"), unique("repository")
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    pattern = {"source": ["aws.ecr"], "detail": {"repository-name": [name], "action-type": ["PUSH"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    ecr.create_repository(repositoryName=name)
    ecr.put_image(repositoryName=name, imageManifest='{"schemaVersion": 2}', imageTag="one")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    detail = json.loads(message["Body"])["detail"]
    assert (detail["result"], detail["image-tag"]) == ("SUCCESS", "one")
    assert detail["image-digest"].startswith("sha256:")
