"""`cdk destroy` of a team really ends on the embedded AWS, which leaves behind what AWS leaves behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws, eventually
from tests.infra.cdk import Platform

pytestmark = pytest.mark.slow(takes_s=60)

STACKS = ("studio", "artifacts", "network")


def team(name: str, cidr: str, on_destroy: str, **network: Any) -> dict[str, Any]:
    retention = {"on_destroy": on_destroy}
    return {
        "team": name,
        "owners": ["owner@example.com"],
        "environments": [{"name": "dev", "network": network or {"cidr": cidr}, "retention": retention}],
        "members": [{"name": "ada", "role": "data-scientist"}],
        "spaces": [{"name": "desk", "owner": "ada"}],
        "mlflow": False,
    }


FILES = (
    team("left", "10.79.0.0/16", "delete"),
    team("gone", "10.70.0.0/16", "delete"),
    team("kept", "10.71.0.0/16", "retain"),
    team("cut", "10.73.0.0/16", "delete"),
    team("held", "10.74.0.0/16", "delete"),
)
"""Teams that are deployed at once: each belongs to one test, which may do to it what it wants."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    (folder / "teams").mkdir()
    with EmbeddedAws.start(folder / "home", hour_seconds=60) as aws:
        platform = Platform(aws, folder)
        platform.bootstrap()
        deploy(platform, *FILES)
        yield platform


def deploy(platform: Platform, *files: dict[str, Any]) -> None:
    """The Studio of each, from these files."""
    for file in files:
        (platform.teams / f"{file['team']}.yaml").write_text(yaml.safe_dump(file))
    platform.deploy(*(f"{file['team']}-dev/studio" for file in files))


class Team:
    """One team's Studio, standing and in use."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.platform, self.aws, self.prefix = platform, platform.aws, f"{name}-dev"
        self.domain: dict[str, Any] = self._domain()
        self.home: str = self.domain["HomeEfsFileSystemId"]
        self.use()

    def _domain(self) -> dict[str, Any]:
        sagemaker = self.aws.client("sagemaker")
        (id,) = [each["DomainId"] for each in sagemaker.list_domains()["Domains"] if each["DomainName"] == self.prefix]
        found: dict[str, Any] = sagemaker.describe_domain(DomainId=id)
        return found

    def use(self) -> None:
        """People work: in the space of the team's file, and in one that they made by themselves."""
        sagemaker, domain = self.aws.client("sagemaker"), {"DomainId": self.domain["DomainId"]}
        sagemaker.create_user_profile(**domain, UserProfileName="guest")
        own = {"OwnershipSettings": {"OwnerUserProfileName": "guest"}, "SpaceSettings": {"AppType": "JupyterLab"}}
        sagemaker.create_space(**domain, SpaceName="own", **own, SpaceSharingSettings={"SharingType": "Private"})
        for _ in eventually():
            if sagemaker.describe_space(**domain, SpaceName="own")["Status"] == "InService":
                break
        for space in ("desk", "own"):
            sagemaker.create_app(**domain, SpaceName=space, AppType="JupyterLab", AppName="default")
        data = f"{self.prefix}-data-{ACCOUNT}-{REGION}"
        for version in (b"1", b"2"):
            self.aws.client("s3").put_object(Bucket=data, Key="rows.csv", Body=version)

    def destroy(self) -> None:
        self.platform.destroy(*(f"{self.prefix}/{stack}" for stack in STACKS))

    def stands(self) -> list[str]:
        """Stacks that CloudFormation still knows."""
        summaries = self.aws.client("cloudformation").list_stacks()["StackSummaries"]
        standing = [each for each in summaries if each["StackStatus"] != "DELETE_COMPLETE"]
        return sorted(each["StackName"] for each in standing if each["StackName"].startswith(self.prefix))

    def in_network(self) -> list[str]:
        """Whatever is left in the VPC, and the VPC itself."""
        ec2, vpc = self.aws.client("ec2"), self.domain["VpcId"]
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        groups = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        subnets = ec2.describe_subnets(Filters=filters)["Subnets"]
        interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        vpcs = [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if each["VpcId"] == vpc]
        return [
            *vpcs,
            *(each["SubnetId"] for each in subnets),
            *(each["GroupName"] for each in groups if each["GroupName"] != "default"),
            *(each["NetworkInterfaceId"] for each in interfaces),
        ]

    def file_systems(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.aws.client("efs").describe_file_systems()["FileSystems"]
        return [each for each in found if each["FileSystemId"] == self.home]

    def buckets(self) -> list[str]:
        names = [each["Name"] for each in self.aws.client("s3").list_buckets()["Buckets"]]
        return [name for name in names if name.startswith(f"{self.prefix}-")]


def test_the_default_group_of_each_team_s_own_vpc_is_closed(platform: Platform) -> None:
    ec2 = platform.aws.client("ec2")
    teams = {"Name": "tag:homeostat", "Values": [f"{file['team']}-dev" for file in FILES]}
    own = [each["VpcId"] for each in ec2.describe_vpcs(Filters=[teams])["Vpcs"]]
    filters = [{"Name": "vpc-id", "Values": own}, {"Name": "group-name", "Values": ["default"]}]
    groups = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert [(each["IpPermissions"], each["IpPermissionsEgress"]) for each in groups] == [([], [])] * len(FILES)


def test_a_member_who_leaves_keeps_nothing_running_and_the_others_keep_theirs(platform: Platform) -> None:
    left = Team(platform, "left")
    sagemaker, domain = left.aws.client("sagemaker"), left.domain["DomainId"]
    changed = {"members": [{"name": "grace", "role": "ml-engineer"}], "spaces": []}
    deploy(platform, {**team("left", "10.79.0.0/16", "delete"), **changed})
    profiles = sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"]
    spaces = sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"]
    apps = sagemaker.list_apps(DomainIdEquals=domain)["Apps"]
    assert {each["UserProfileName"] for each in profiles} == {"grace", "guest"}
    assert {each["SpaceName"] for each in spaces} == {"own"}
    assert {each["SpaceName"] for each in apps if each["Status"] == "InService"} == {"own"}


def test_nothing_is_left_of_a_team_whose_data_is_deleted(platform: Platform) -> None:
    gone = Team(platform, "gone")
    gone.destroy()
    assert gone.stands() == []
    assert gone.in_network() == []
    assert gone.file_systems() == []
    assert gone.buckets() == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        gone.aws.client("sagemaker").describe_domain(DomainId=gone.domain["DomainId"])


def test_data_of_a_team_is_left_where_its_file_says_so_and_nothing_else(platform: Platform) -> None:
    kept = Team(platform, "kept")
    kept.destroy()
    assert kept.stands() == []
    assert kept.in_network() == []
    (home,) = kept.file_systems()
    assert home["NumberOfMountTargets"] == 0
    assert {"Key": "homeostat", "Value": "kept-dev"} in home["Tags"]
    assert f"kept-dev-data-{ACCOUNT}-{REGION}" in kept.buckets()


def test_a_team_in_somebody_else_s_vpc_leaves_it_as_it_was(platform: Platform) -> None:
    ec2, efs = platform.aws.client("ec2"), platform.aws.client("efs")
    vpc = ec2.create_vpc(CidrBlock="10.72.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.72.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    theirs = efs.create_file_system(
        CreationToken="theirs",
        Tags=[
            {
                "Key": "ManagedByAmazonSageMakerResource",
                "Value": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/d-someoneelse",
            }
        ],
    )["FileSystemId"]
    efs.create_mount_target(FileSystemId=theirs, SubnetId=ids[0])
    before = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]

    existing = {"vpc": vpc, "subnets": ids}
    deploy(platform, team("guest", "", "delete", existing=existing))
    guest = Team(platform, "guest")
    guest.destroy()
    assert guest.stands() == []
    after = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert after == before
    targets = efs.describe_mount_targets(FileSystemId=theirs)["MountTargets"]
    assert guest.in_network() == [vpc, *ids, targets[0]["NetworkInterfaceId"]]
    assert guest.file_systems() == []


def test_a_destroy_that_was_killed_midway_goes_on_when_it_is_run_again(platform: Platform) -> None:
    """The CLI is killed, and what was removed meanwhile is told from what was not by CloudFormation alone."""
    cut = Team(platform, "cut")
    run = platform.begin("destroy", *(f"cut-dev/{stack}" for stack in STACKS), "--force")
    sagemaker = cut.aws.client("sagemaker")
    for _ in eventually():
        spaces = sagemaker.list_spaces(DomainIdEquals=cut.domain["DomainId"])["Spaces"]
        if len(spaces) < 2:
            break
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    cut.destroy()
    assert (cut.stands(), cut.in_network(), cut.file_systems(), cut.buckets()) == ([], [], [], [])


def test_what_stands_in_the_way_for_too_long_fails_with_its_name_and_a_second_destroy_ends(platform: Platform) -> None:
    """Somebody's own machine in the group that SageMaker made: nobody else's to end."""
    held = Team(platform, "held")
    ec2 = held.aws.client("ec2")
    interface = ec2.create_network_interface(
        SubnetId=held.domain["SubnetIds"][0], Description="somebody's own", Groups=[workloads(held)]
    )["NetworkInterface"]["NetworkInterfaceId"]
    with pytest.raises(AssertionError, match="DependencyViolation"):
        held.destroy()
    assert interface in held.in_network(), "it is not SageMaker's, so it is not deleted"
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    held.destroy()
    assert (held.stands(), held.in_network(), held.file_systems()) == ([], [], [])


def workloads(of: Team) -> str:
    group: str = of.domain["DefaultUserSettings"]["SecurityGroups"][0]
    return group


MODEL = {
    "name": "churn",
    "label": "left",
    "features": {"age": "numeric", "plan": "categorical"},
}


def test_what_the_release_path_made_ends_with_the_environment(platform: Platform) -> None:
    """An endpoint, its configuration and its model, and a package: no template knows them."""
    file = {**team("full", "10.76.0.0/16", "delete"), "models": [MODEL], "mlflow": True}
    (platform.teams / "full.yaml").write_text(yaml.safe_dump(file))
    platform.deploy("full-dev/*")
    sagemaker, name = platform.aws.client("sagemaker"), "full-dev-churn"
    role = f"arn:aws:iam::{ACCOUNT}:role/full-dev-serving"
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/full-dev/absent:1"
    sagemaker.create_model(ModelName=f"{name}-1", PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
    variant = {"VariantName": "AllTraffic", "ModelName": f"{name}-1", "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=f"{name}-1", ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-1")
    sagemaker.create_model_package(ModelPackageGroupName=name, ModelPackageDescription="the first")
    sagemaker.create_model(ModelName="fulldev-other", PrimaryContainer={"Image": image}, ExecutionRoleArn=role)

    platform.destroy("full-dev/*")
    summaries = platform.aws.client("cloudformation").list_stacks()["StackSummaries"]
    standing = [each["StackName"] for each in summaries if each["StackStatus"] != "DELETE_COMPLETE"]
    assert [each for each in standing if each.startswith("full-dev")] == []
    assert sagemaker.list_endpoints(NameContains="full-dev")["Endpoints"] == []
    assert sagemaker.list_endpoint_configs(NameContains="full-dev")["EndpointConfigs"] == []
    assert [each["ModelName"] for each in sagemaker.list_models(NameContains="full")["Models"]] == ["fulldev-other"]
    assert sagemaker.list_model_package_groups(NameContains="full-dev")["ModelPackageGroupSummaryList"] == []
