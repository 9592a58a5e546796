"""EFS, EC2 and S3 as moto has them, and SageMaker's answers as recorded shapes: what is asked for, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from core.contracts.default_group import RESOURCE_TYPE, VPC
from core.contracts.teardown import MANAGED_TAG, Contents
from core.names import TEAM_TAG, TeamNames
from lambdas.calls import Calls
from lambdas.custom_resource import Request
from lambdas.default_group.handler import close
from lambdas.failures import Conflicting, Unavailable
from lambdas.listing import PAGES_MAX, listed
from lambdas.teardown.network import Ec2Network, EfsHomes, domain_of
from lambdas.teardown.ports import App, Named
from lambdas.teardown.sagemaker import SageMakerDomains, SageMakerRuns
from lambdas.teardown.storage import BackupVaults, S3Buckets
from lambdas.teardown.work import empty
from tests.lambdas.aws import PLENTY, REGION, account

TEAM = TeamNames("risk", "dev")
DOMAIN = f"arn:aws:sagemaker:{REGION}:111122223333:domain/d-ours"
THEIRS = f"arn:aws:sagemaker:{REGION}:111122223333:domain/d-theirs"
TAGS = TEAM.tags("42")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as client:
        yield client


@pytest.fixture
def vpc(aws: Any) -> str:
    made: str = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return made


def managed(domain: str) -> list[dict[str, str]]:
    return [{"Key": MANAGED_TAG, "Value": domain}]


def group(aws: Any, name: str, vpc: str, tags: list[dict[str, str]]) -> str:
    specifications = [{"ResourceType": "security-group", "Tags": tags}] if tags else []
    made: str = aws("ec2").create_security_group(
        GroupName=name, Description="NFS", VpcId=vpc, TagSpecifications=specifications
    )["GroupId"]
    return made


def test_groups_are_known_by_the_domain_and_ours_once_they_are_adopted(aws: Any, vpc: str) -> None:
    ours, _ = (group(aws, f"group-{domain[-6:]}", vpc, managed(domain)) for domain in (DOMAIN, THEIRS))
    group(aws, "untagged", vpc, [])
    network = Ec2Network(PLENTY, aws("ec2"), TEAM)
    assert network.adopted(vpc) == ()
    network.adopt(vpc, "d-ours", TAGS)
    assert [(each.id, each.domain) for each in network.adopted(vpc)] == [(ours, "d-ours")]
    other = Ec2Network(PLENTY, aws("ec2"), TeamNames("fraud", "dev"))
    assert other.adopted(vpc) == ()


def test_groups_whose_rules_name_each_other_go_once_the_rules_are_revoked(aws: Any, vpc: str) -> None:
    ec2, network = aws("ec2"), Ec2Network(PLENTY, aws("ec2"), TEAM)
    one, two = (group(aws, name, vpc, managed(DOMAIN)) for name in ("one", "two"))
    for member, other in ((one, two), (two, one)):
        pair = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "UserIdGroupPairs": [{"GroupId": other}]}
        ec2.authorize_security_group_ingress(GroupId=member, IpPermissions=[pair])
    for each in (one, two, one):
        network.revoke_rules(each)
        (left,) = ec2.describe_security_groups(GroupIds=[each])["SecurityGroups"]
        assert (left["IpPermissions"], left["IpPermissionsEgress"]) == ([], [])
    for each in (one, two, one):
        network.delete_group(each)


def test_an_interface_is_free_once_nothing_holds_it(aws: Any, vpc: str) -> None:
    ec2, network = aws("ec2"), Ec2Network(PLENTY, aws("ec2"), TEAM)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    carried = group(aws, "carried", vpc, [])
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[carried], Description="SageMaker")["NetworkInterface"]
    (found,) = network.interfaces((carried,))
    assert (found.id, found.text) == (made["NetworkInterfaceId"], "SageMaker")
    network.delete_interface(found.id)
    network.delete_interface(found.id)
    assert network.interfaces((carried,)) == ()


def test_a_home_is_ours_once_it_is_adopted_and_goes_after_its_mount_targets(aws: Any, vpc: str) -> None:
    efs, homes = aws("efs"), EfsHomes(PLENTY, aws("efs"), TEAM)
    subnet = aws("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    ids = {
        domain: efs.create_file_system(CreationToken=domain, Tags=managed(domain))["FileSystemId"]
        for domain in (DOMAIN, THEIRS)
    }
    target = efs.create_mount_target(FileSystemId=ids[DOMAIN], SubnetId=subnet)["MountTargetId"]
    assert homes.adopted() == ()
    homes.adopt("d-ours", TAGS)
    (home,) = homes.adopted()
    assert (home.id, home.domain) == (ids[DOMAIN], "d-ours")
    assert [each.name for each in homes.mount_targets(home.id)] == [target]
    with pytest.raises(Conflicting, match="FileSystemInUse"):
        homes.delete(home.id)
    homes.delete_mount_target(target)
    homes.delete_mount_target(target)
    homes.delete(home.id)
    homes.delete(home.id)
    assert homes.mount_targets(home.id) == ()
    assert [each["FileSystemId"] for each in efs.describe_file_systems()["FileSystems"]] == [ids[THEIRS]]


def test_every_version_goes_from_a_bucket(aws: Any) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="full")
    s3.put_bucket_versioning(Bucket="full", VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket="full", Key="rows.csv", Body=str(number).encode())
    s3.delete_object(Bucket="full", Key="rows.csv")
    assert empty(Contents(("full", "absent")), S3Buckets(PLENTY, s3), BackupVaults(PLENTY, aws("backup"))) == ()
    s3.delete_bucket(Bucket="full")


def test_recovery_points_are_listed_over_pages_and_deleted_from_their_vault(aws: Any) -> None:
    client = aws("backup")
    arn = f"arn:aws:backup:{REGION}:111122223333:recovery-point:1"
    asked = {"BackupVaultName": "risk-dev-homes"}
    with Stubber(client) as stub:
        pages = [{"RecoveryPoints": [], "NextToken": "2"}, {"RecoveryPoints": [_point(arn)]}]
        stub.add_response("list_recovery_points_by_backup_vault", pages[0], asked)
        stub.add_response("list_recovery_points_by_backup_vault", pages[1], {**asked, "NextToken": "2"})
        stub.add_response("delete_recovery_point", {}, {**asked, "RecoveryPointArn": arn})
        missing = "Backup vault not found"
        stub.add_client_error("list_recovery_points_by_backup_vault", "ResourceNotFoundException", missing, 400)
        vaults = BackupVaults(PLENTY, client)
        (found,) = vaults.points("risk-dev-homes")
        assert found == Named("recovery point", arn, "COMPLETED")
        vaults.delete_point("risk-dev-homes", found.name)
        assert vaults.points("risk-dev-homes") == ()
        stub.assert_no_pending_responses()


def _point(arn: str) -> dict[str, Any]:
    return {"RecoveryPointArn": arn, "Status": "COMPLETED"}


def test_the_default_group_is_closed_and_stays_closed(aws: Any, vpc: str) -> None:
    ec2 = aws("ec2")
    for kind, old in (("Create", None), ("Update", f"{vpc}-default-group"), ("Delete", f"{vpc}-default-group")):
        request = Request(kind, RESOURCE_TYPE, old, {VPC: vpc}, {}, "r-1")  # type: ignore[arg-type]
        assert close(request, PLENTY, ec2).physical_id == f"{vpc}-default-group"
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        (found,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        assert (found["IpPermissions"], found["IpPermissionsEgress"]) == ([], [])


def test_a_vpc_that_is_not_there_is_named(aws: Any) -> None:
    with pytest.raises(LookupError, match="vpc-0absent has no default security group"):
        close(Request("Create", RESOURCE_TYPE, None, {VPC: "vpc-0absent"}, {}, "r-1"), PLENTY, aws("ec2"))


@pytest.mark.parametrize("tags", [[], [{"Key": MANAGED_TAG, "Value": "arn:aws:sagemaker:x:1:notebook/n"}]])
def test_what_sagemaker_made_for_something_else_is_no_domain_s(tags: list[dict[str, str]]) -> None:
    assert domain_of(tags) is None


def test_a_list_that_does_not_end_is_given_up() -> None:
    def endless(**request: Any) -> dict[str, Any]:
        return {"Items": [1], "NextToken": "more"}

    with pytest.raises(Unavailable, match=f"more than {PAGES_MAX} pages"):
        list(listed(Calls(lambda: 60_000), endless, "Items"))


# SageMaker: what its API takes is checked by botocore's model.


@pytest.fixture
def sagemaker(aws: Any) -> Iterator[tuple[Any, Stubber]]:
    client = aws("sagemaker")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def test_applications_are_listed_over_pages_without_those_that_ended(sagemaker: tuple[Any, Stubber]) -> None:
    client, stub = sagemaker
    row = {"DomainId": "d-1", "SpaceName": "desk", "AppType": "JupyterLab", "AppName": "default"}
    old = {"DomainId": "d-1", "UserProfileName": "ada", "AppType": "KernelGateway", "AppName": "old"}
    stub.add_response("list_apps", {"Apps": [{**row, "Status": "InService"}], "NextToken": "2"})
    ended = {**row, "AppName": "gone", "Status": "Deleted"}
    stub.add_response(
        "list_apps", {"Apps": [ended, {**old, "Status": "Failed"}]}, {"DomainIdEquals": "d-1", "NextToken": "2"}
    )
    found = SageMakerDomains(PLENTY, client).apps("d-1")
    assert found == (
        App("JupyterLab", "default", None, "desk", "InService"),
        App("KernelGateway", "old", "ada", None, "Failed"),
    )


def test_an_application_is_deleted_with_its_one_owner(sagemaker: tuple[Any, Stubber]) -> None:
    client, stub = sagemaker
    common = {"DomainId": "d-1", "AppType": "JupyterLab", "AppName": "default"}
    stub.add_response("delete_app", {}, {**common, "SpaceName": "desk"})
    stub.add_response("delete_app", {}, {**common, "UserProfileName": "ada"})
    stub.add_client_error("delete_app", "ResourceNotFound", "App does not exist", 400)
    domains = SageMakerDomains(PLENTY, client)
    domains.delete_app("d-1", App("JupyterLab", "default", None, "desk", "InService"))
    domains.delete_app("d-1", App("JupyterLab", "default", "ada", None, "InService"))
    domains.delete_app("d-1", App("JupyterLab", "default", "ada", None, "InService"))


def test_nobody_is_in_a_domain_that_is_gone(sagemaker: tuple[Any, Stubber]) -> None:
    client, stub = sagemaker
    for operation in ("describe_domain", "list_apps", "list_spaces", "list_user_profiles"):
        stub.add_client_error(operation, "ResourceNotFound", "Domain [d-1] does not exist", 400)
    domains = SageMakerDomains(PLENTY, client)
    assert not domains.exists("d-1")
    assert (domains.apps("d-1"), domains.spaces("d-1"), domains.profiles("d-1")) == ((), (), ())


def test_a_space_is_told_with_whose_it_is(sagemaker: tuple[Any, Stubber]) -> None:
    client, stub = sagemaker
    own = {"SpaceName": "desk", "Status": "InService", "OwnershipSettingsSummary": {"OwnerUserProfileName": "ada"}}
    stub.add_response("list_spaces", {"Spaces": [own, {"SpaceName": "all", "Status": "InService"}]})
    found = SageMakerDomains(PLENTY, client).spaces("d-1")
    assert [(space.name, space.owner) for space in found] == [("desk", "ada"), ("all", "")]


def runs(aws: Any, client: Any) -> tuple[SageMakerRuns, Stubber]:
    scaling = aws("application-autoscaling")
    stub = Stubber(scaling)
    stub.activate()
    return SageMakerRuns(PLENTY, client, scaling, TEAM), stub


def test_an_endpoint_goes_with_its_autoscaling_and_waits_while_it_changes(
    aws: Any, sagemaker: tuple[Any, Stubber]
) -> None:
    client, stub = sagemaker
    found, scaling = runs(aws, client)
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/risk-dev-churn/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.add_response("deregister_scalable_target", {}, target)
    scaling.add_client_error("deregister_scalable_target", "ObjectNotFoundException", "No scalable target", 400)
    changing = 'Cannot update in-progress endpoint "risk-dev-churn".'
    stub.add_client_error("delete_endpoint", "ValidationException", changing, 400)
    stub.add_response("delete_endpoint", {}, {"EndpointName": "risk-dev-churn"})
    with pytest.raises(Conflicting, match="in-progress"):
        found.delete_endpoint("risk-dev-churn")
    found.delete_endpoint("risk-dev-churn")


def test_endpoints_of_others_with_the_prefix_in_their_names_are_not_ours(
    aws: Any, sagemaker: tuple[Any, Stubber]
) -> None:
    client, stub = sagemaker
    names = ("risk-dev-churn", "big-risk-dev-churn", "risk-dev2-churn")
    rows = [
        {
            "EndpointName": name,
            "EndpointArn": f"arn:aws:sagemaker:{REGION}:1:endpoint/{name}",
            "EndpointStatus": "InService",
            "CreationTime": 0,
            "LastModifiedTime": 0,
        }
        for name in names
    ]
    stub.add_response("list_endpoints", {"Endpoints": rows}, {"NameContains": "risk-dev"})
    assert runs(aws, client)[0].endpoints() == (Named("endpoint", "risk-dev-churn", "InService"),)


def test_jobs_are_ours_by_their_tag(aws: Any, sagemaker: tuple[Any, Stubber]) -> None:
    client, stub = sagemaker

    def job(name: str) -> dict[str, Any]:
        arn = f"arn:aws:sagemaker:{REGION}:111122223333:training-job/{name}"
        return {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "CreationTime": 0,
            "TrainingJobStatus": "InProgress",
        }

    stub.add_response("list_training_jobs", {"TrainingJobSummaries": [job("a"), job("b")]})
    stub.add_response("list_tags", {"Tags": [{"Key": TEAM_TAG, "Value": "risk-dev"}]}, {"ResourceArn": ANY})
    stub.add_response("list_tags", {"Tags": [{"Key": TEAM_TAG, "Value": "fraud-dev"}]}, {"ResourceArn": ANY})
    stub.add_response("list_training_jobs", {"TrainingJobSummaries": []}, {"StatusEquals": "Stopping"})
    for _ in range(2):
        stub.add_response("list_processing_jobs", {"ProcessingJobSummaries": []})
    for _ in range(2):
        stub.add_response("list_transform_jobs", {"TransformJobSummaries": []})
    for _ in range(2):
        stub.add_response("list_hyper_parameter_tuning_jobs", {"HyperParameterTuningJobSummaries": []})
    stub.add_response("stop_training_job", {}, {"TrainingJobName": "a"})
    found = runs(aws, client)[0]
    (ours,) = found.jobs()
    assert ours == Named("training", "a", "InProgress")
    found.stop_job(ours)


def test_an_execution_is_stopped_with_the_same_token_each_time(aws: Any, sagemaker: tuple[Any, Stubber]) -> None:
    client, stub = sagemaker
    arn = f"arn:aws:sagemaker:{REGION}:111122223333:pipeline/risk-dev-churn-training/execution/abcdef123456"
    asked = {"PipelineExecutionArn": arn, "ClientRequestToken": "abcdef123456".rjust(32, "0")}
    for _ in range(2):
        stub.add_response("stop_pipeline_execution", {"PipelineExecutionArn": arn}, asked)
    found = runs(aws, client)[0]
    found.stop_execution(arn)
    found.stop_execution(arn)
