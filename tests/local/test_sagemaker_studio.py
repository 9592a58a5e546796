"""Studio's domain with its people, spaces and applications, and what else people work with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import held

pytestmark = pytest.mark.slow


@pytest.fixture
def sagemaker(aws: EmbeddedAws) -> Any:
    return aws.client("sagemaker")


@pytest.fixture
def execution_role(role: Callable[..., str]) -> str:
    return role("sagemaker")


def create_domain(sagemaker: Any, name: str, role: str) -> str:
    created = sagemaker.create_domain(
        DomainName=name,
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role},
        SubnetIds=["subnet-00000001"],
        VpcId="vpc-00000001",
        Tags=[{"Key": "team", "Value": "risk"}],
    )
    domain: str = created["DomainArn"].rsplit("/", 1)[-1]
    return domain


@pytest.fixture
def domain(sagemaker: Any, execution_role: str, unique: Callable[[str], str]) -> str:
    domain = create_domain(sagemaker, unique("domain"), execution_role)
    reach(lambda: sagemaker.describe_domain(DomainId=domain)["Status"], "InService")
    return domain


def reach(status: Callable[[], str], wanted: str) -> None:
    for _ in eventually():
        if status() == wanted:
            return


def gone(describe: Callable[[], Any]) -> None:
    for _ in eventually():
        try:
            describe()
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "ResourceNotFound":
                return
            raise


def test_a_domain_is_pending_then_in_service_then_gone(
    sagemaker: Any, execution_role: str, unique: Callable[[str], str]
) -> None:
    domain = create_domain(sagemaker, unique("domain"), execution_role)
    found = sagemaker.describe_domain(DomainId=domain)
    assert found["Status"] in ("Pending", "InService")  # a moment may be over before a busy machine looks
    assert found["HomeEfsFileSystemId"].startswith("fs-")
    assert domain in found["Url"]
    reach(lambda: sagemaker.describe_domain(DomainId=domain)["Status"], "InService")
    sagemaker.delete_domain(DomainId=domain)
    gone(lambda: sagemaker.describe_domain(DomainId=domain))


def test_a_domain_updates_and_keeps_its_other_settings(sagemaker: Any, domain: str) -> None:
    sagemaker.update_domain(DomainId=domain, DomainSettingsForUpdate={"SecurityGroupIds": ["sg-1"]})
    reach(lambda: sagemaker.describe_domain(DomainId=domain)["Status"], "InService")
    found = sagemaker.describe_domain(DomainId=domain)
    assert found["DomainSettings"]["SecurityGroupIds"] == ["sg-1"]
    assert "ExecutionRole" in found["DefaultUserSettings"]


def test_an_ordered_failure_ends_in_the_failed_status(
    aws: EmbeddedAws, sagemaker: Any, execution_role: str, domain: str, unique: Callable[[str], str]
) -> None:
    for phase, act, status in (
        ("update", lambda: sagemaker.update_domain(DomainId=domain, DefaultSpaceSettings={}), "Update_Failed"),
        ("delete", lambda: sagemaker.delete_domain(DomainId=domain), "Delete_Failed"),
    ):
        aws.post("sagemaker/fail", {"kind": "Domain", "phase": phase, "reason": "No subnet has room."})
        act()
        reach(lambda: sagemaker.describe_domain(DomainId=domain)["Status"], status)
    assert sagemaker.describe_domain(DomainId=domain)["FailureReason"] == "No subnet has room."


def test_nothing_is_deleted_that_still_holds_something(sagemaker: Any, domain: str) -> None:
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")
    sagemaker.create_space(DomainId=domain, SpaceName="notebooks")
    app = {"DomainId": domain, "SpaceName": "notebooks", "AppType": "JupyterLab", "AppName": "default"}
    sagemaker.create_app(**app)

    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.delete_domain(DomainId=domain)
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.delete_space(DomainId=domain, SpaceName="notebooks")

    reach(lambda: sagemaker.describe_app(**app)["Status"], "InService")
    sagemaker.delete_app(**app)
    reach(lambda: sagemaker.describe_app(**app)["Status"], "Deleted")
    sagemaker.delete_space(DomainId=domain, SpaceName="notebooks")
    sagemaker.delete_user_profile(DomainId=domain, UserProfileName="ada")
    gone(lambda: sagemaker.describe_space(DomainId=domain, SpaceName="notebooks"))
    gone(lambda: sagemaker.describe_user_profile(DomainId=domain, UserProfileName="ada"))
    sagemaker.delete_domain(DomainId=domain)


def test_a_deleted_app_makes_room_for_one_of_the_same_name(sagemaker: Any, domain: str) -> None:
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")
    app = {"DomainId": domain, "UserProfileName": "ada", "AppType": "JupyterLab", "AppName": "default"}
    sagemaker.create_app(**app)
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.create_app(**app)
    sagemaker.delete_app(**app)
    reach(lambda: sagemaker.describe_app(**app)["Status"], "Deleted")
    sagemaker.create_app(**app)
    reach(lambda: sagemaker.describe_app(**app)["Status"], "InService")


def test_a_space_needs_an_owner_who_exists(sagemaker: Any, domain: str) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFound.*UserProfile"):
        sagemaker.create_space(
            DomainId=domain,
            SpaceName="notebooks",
            OwnershipSettings={"OwnerUserProfileName": "nobody"},
            SpaceSharingSettings={"SharingType": "Private"},
        )


def test_profiles_are_listed_by_domain(sagemaker: Any, domain: str) -> None:
    for name in ("ada", "grace", "alan"):
        sagemaker.create_user_profile(DomainId=domain, UserProfileName=name)
    found = sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"]
    assert [profile["UserProfileName"] for profile in found] == ["ada", "grace", "alan"]
    found = sagemaker.list_user_profiles(DomainIdEquals=domain, UserProfileNameContains="A", SortOrder="Descending")
    assert [profile["UserProfileName"] for profile in found["UserProfiles"]] == ["alan", "grace", "ada"]
    assert not sagemaker.list_user_profiles(DomainIdEquals="d-other")["UserProfiles"]


def test_a_presigned_url_is_for_a_profile_that_exists(sagemaker: Any, domain: str) -> None:
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")
    url = sagemaker.create_presigned_domain_url(DomainId=domain, UserProfileName="ada")["AuthorizedUrl"]
    assert domain in url
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.create_presigned_domain_url(DomainId=domain, UserProfileName="nobody")


def test_tags_are_added_listed_and_removed(sagemaker: Any, domain: str) -> None:
    arn = sagemaker.describe_domain(DomainId=domain)["DomainArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "cost", "Value": "42"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "cost", "Value": "42"},
        {"Key": "team", "Value": "risk"},
    ]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert [tag["Key"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]] == ["cost"]


def test_a_notebook_instance_must_be_stopped_before_it_is_deleted(
    aws: EmbeddedAws, sagemaker: Any, execution_role: str, unique: Callable[[str], str]
) -> None:
    name = unique("notebook")
    sagemaker.create_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=execution_role)

    def status() -> str:
        found: str = sagemaker.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]
        return found

    reach(status, "InService")
    with pytest.raises(ClientError, match=r"Status \(InService\) not in"):
        sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    with held(aws):
        sagemaker.stop_notebook_instance(NotebookInstanceName=name)
        assert status() == "Stopping"
    reach(status, "Stopped")
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)


def test_an_mlflow_app_is_addressed_by_its_arn(
    aws: EmbeddedAws, sagemaker: Any, execution_role: str, unique: Callable[[str], str]
) -> None:
    name = unique("mlflow")
    request = {"Name": name, "ArtifactStoreUri": "s3://bucket/mlflow", "RoleArn": execution_role}
    with held(aws):
        arn = sagemaker.create_mlflow_app(**request)["Arn"]
        assert sagemaker.describe_mlflow_app(Arn=arn)["Status"] == "Creating"
    reach(lambda: sagemaker.describe_mlflow_app(Arn=arn)["Status"], "Created")
    assert arn in [summary["Arn"] for summary in sagemaker.list_mlflow_apps()["Summaries"]]
    sagemaker.delete_mlflow_app(Arn=arn)
    reach(lambda: sagemaker.describe_mlflow_app(Arn=arn)["Status"], "Deleted")


def test_feature_groups_and_configurations_are_kept(
    sagemaker: Any, execution_role: str, unique: Callable[[str], str]
) -> None:
    group, config = unique("features"), unique("config")
    sagemaker.create_feature_group(
        FeatureGroupName=group,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "at")],
        OnlineStoreConfig={"EnableOnlineStore": True},
        RoleArn=execution_role,
    )
    reach(lambda: sagemaker.describe_feature_group(FeatureGroupName=group)["FeatureGroupStatus"], "Created")
    sagemaker.create_studio_lifecycle_config(
        StudioLifecycleConfigName=config,
        StudioLifecycleConfigContent="ZWNobw==",
        StudioLifecycleConfigAppType="JupyterLab",
    )
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.create_studio_lifecycle_config(
            StudioLifecycleConfigName=config,
            StudioLifecycleConfigContent="ZWNobw==",
            StudioLifecycleConfigAppType="JupyterLab",
        )
    sagemaker.delete_studio_lifecycle_config(StudioLifecycleConfigName=config)
