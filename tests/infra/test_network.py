"""Ways in and out of a team's network: machines have none, people have one where it is paid for, AWS is next door."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from infra.endpoints import services
from tests.wiring.deployed import Deployed, deploy
from tests.wiring.synthesis import templates

pytestmark = pytest.mark.slow

TEAMS = Path(__file__).parent / "teams"
PLACES = {
    "full-dev": ("111122223333", "eu-west-1"),
    "full-prod": ("444455556666", "eu-west-1"),
    "guest-dev": ("111122223333", "eu-central-1"),
}


@pytest.fixture(scope="module")
def stands(rich: Path) -> dict[str, Deployed]:
    return {stage: deploy(templates(rich, stage), *place) for stage, place in PLACES.items()}


def domain(deployed: Deployed) -> dict[str, Any]:
    (found,) = deployed.of("AWS::SageMaker::Domain")
    return found


def job_subnets(deployed: Deployed) -> set[str]:
    """Of the interface endpoints, which stand where the jobs are."""
    return {each for endpoint in interfaces(deployed) for each in endpoint["SubnetIds"]}


def interfaces(deployed: Deployed) -> list[dict[str, Any]]:
    return [each for each in deployed.of("AWS::EC2::VPCEndpoint") if each["VpcEndpointType"] == "Interface"]


def routes_of(deployed: Deployed, subnet: str) -> list[dict[str, Any]]:
    table = deployed.one("AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet)["RouteTableId"]
    return [route for route in deployed.of("AWS::EC2::Route") if route["RouteTableId"] == table]


def zones(deployed: Deployed) -> dict[str, Any]:
    return {
        each.id: each.properties["AvailabilityZone"] for each in deployed.resources if each.type == "AWS::EC2::Subnet"
    }


def test_with_nat_people_have_a_way_out_in_their_own_zone_and_machines_have_none(stands: dict[str, Deployed]) -> None:
    full = stands["full-dev"]
    gateways = {each.id: each.properties["SubnetId"] for each in full.resources if each.type == "AWS::EC2::NatGateway"}
    for subnet in domain(full)["SubnetIds"]:
        (out,) = routes_of(full, subnet)
        assert out["DestinationCidrBlock"] == "0.0.0.0/0"
        assert zones(full)[gateways[out["NatGatewayId"]]] == zones(full)[subnet]
    assert len(job_subnets(full)) == 3
    assert not job_subnets(full) & set(domain(full)["SubnetIds"])
    assert [route for subnet in job_subnets(full) for route in routes_of(full, subnet)] == []


def test_without_nat_nobody_has_a_way_out_and_the_subnets_are_the_same(stands: dict[str, Deployed]) -> None:
    full = stands["full-prod"]
    assert not list(full.of("AWS::EC2::Route"))
    assert not list(full.of("AWS::EC2::InternetGateway"))
    assert len(set(domain(full)["SubnetIds"]) | job_subnets(full)) == 6


@pytest.mark.parametrize("stage", ["full-dev", "full-prod"])
def test_every_subnet_lies_in_the_vpc_and_none_in_another(stands: dict[str, Deployed], stage: str) -> None:
    deployed = stands[stage]
    (vpc,) = deployed.of("AWS::EC2::VPC")
    ranges = [IPv4Network(each["CidrBlock"]) for each in deployed.of("AWS::EC2::Subnet")]
    assert all(each.subnet_of(IPv4Network(vpc["CidrBlock"])) for each in ranges)
    assert not [(one, two) for one in ranges for two in ranges if one is not two and one.overlaps(two)]


@pytest.mark.parametrize("stage", PLACES)
def test_an_endpoint_is_reached_by_the_team_s_workloads_alone(stands: dict[str, Deployed], stage: str) -> None:
    deployed = stands[stage]
    workloads = domain(deployed)["DefaultUserSettings"]["SecurityGroups"]
    groups = {each.id: each.properties for each in deployed.resources if each.type == "AWS::EC2::SecurityGroup"}
    assert interfaces(deployed)
    for endpoint in interfaces(deployed):
        (group,) = endpoint["SecurityGroupIds"]
        (rule,) = groups[group]["SecurityGroupIngress"]
        assert ([rule["SourceSecurityGroupId"]], rule["FromPort"], rule["ToPort"]) == (workloads, 443, 443)
        assert endpoint["PrivateDnsEnabled"] is True


@pytest.mark.parametrize("stage", PLACES)
def test_an_endpoint_lets_this_account_s_callers_through(stands: dict[str, Deployed], stage: str) -> None:
    account = PLACES[stage][0]
    for endpoint in interfaces(stands[stage]):
        (statement,) = endpoint["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": account}}
        assert statement["Action"] not in (["*"], "*")


def test_of_s3_only_the_team_s_buckets_and_what_aws_gives_out_are_reached(stands: dict[str, Deployed]) -> None:
    s3 = stands["full-dev"].one("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")
    own, given = s3["PolicyDocument"]["Statement"]
    assert own["Resource"] == ["arn:aws:s3:::full-dev-*"]
    assert own["Condition"]["StringEquals"] == {
        "aws:PrincipalAccount": "111122223333",
        "aws:ResourceAccount": "111122223333",
    }
    assert given["Action"] == ["s3:GetObject"]
    assert "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*" in given["Resource"]
    assert len(s3["RouteTableIds"]) == 6, "isolated and private subnets in three zones"


def test_a_team_pays_for_the_endpoints_that_it_has_a_use_for() -> None:
    teams = {team.team: team for team in load_teams(TEAMS)}
    full, guest, least = (set(services(teams[name], "eu-west-1")) for name in ("full", "guest", "least"))
    aws, studio = "com.amazonaws.eu-west-1", "aws.sagemaker.eu-west-1"
    wanted = ("sagemaker.api", "sagemaker.runtime", "sts", "logs", "monitoring", "ecr.api", "ecr.dkr", "kms", "ssm")
    always = {f"{aws}.{name}" for name in wanted}
    assert always <= least
    assert f"{aws}.sagemaker.featurestore-runtime" in full & guest
    assert f"{aws}.sagemaker.featurestore-runtime" not in least
    assert {f"{aws}.athena", f"{aws}.glue"} <= full & guest
    assert f"{studio}.notebook" in full - guest - least
    assert f"{studio}.experiments" in full - guest
    assert f"{studio}.studio" in full & guest


def test_an_existing_vpc_gets_security_groups_and_what_was_asked_for_and_nothing_else(
    stands: dict[str, Deployed],
) -> None:
    guest = stands["guest-dev"]
    kinds = {each.type for each in guest.resources if each.type.startswith("AWS::EC2::")}
    assert kinds == {
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::VPCEndpoint",
    }
    assert not list(guest.of("Custom::HomeostatDefaultGroup"))
    assert domain(guest)["SubnetIds"] == ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    s3 = guest.one("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")
    assert s3["RouteTableIds"] == ["rtb-0123456789abcdef0"]
    in_vpc = [*guest.of("AWS::EC2::SecurityGroup"), *guest.of("AWS::EC2::VPCEndpoint")]
    assert {each["VpcId"] for each in in_vpc} == {"vpc-0123456789abcdef0"}
