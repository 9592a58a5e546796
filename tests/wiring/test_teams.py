"""Teams at the edges of the schema get environments that hang together as well."""

from __future__ import annotations

import json
import re
from functools import partial
from ipaddress import IPv4Network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.names import RUN_ID_LENGTH
from tests.wiring import (
    check_alarms,
    check_artifacts,
    check_code,
    check_dashboards,
    check_events,
    check_governance,
    check_grants,
    check_kept,
)
from tests.wiring.deployed import Deployed, deploy
from tests.wiring.synthesis import ACCOUNT, templates
from tests.wiring.system import System

TEAMS = Path(__file__).parent / "teams"
OF_ANY_TEAM = [
    *check_alarms.CHECKS,
    *check_artifacts.CHECKS,
    *check_code.CHECKS[1:],
    check_code.functions_can_read_their_environment,
    check_events.nothing_is_dropped,
    check_events.every_handler_is_swept,
    check_events.every_queue_wakes_its_function,
    *check_dashboards.CHECKS,
    *check_governance.CHECKS,
    check_grants.every_role_is_bounded_and_trusts_one_service_for_us,
    check_grants.no_statement_of_a_role_is_open,
    *[check for check in check_kept.CHECKS if check is not check_kept.data_outlives_its_stack],
]


def system(assembly: Path, team_name: str, environment_name: str) -> System:
    team = next(team for team in load_teams(TEAMS) if team.team == team_name)
    environment = next(each for each in team.environments if each.name == environment_name)
    stage = templates(assembly, f"{team_name}-{environment_name}")
    return System(deploy(stage, environment.account or ACCOUNT, environment.region), team, environment)


@pytest.mark.parametrize("check", OF_ANY_TEAM, ids=lambda check: check.__name__)
def test_the_largest_team(check: Any, extremes: Path) -> None:
    check(system(extremes, "largestnamedtea", "prod"))


def test_a_team_without_models_and_members_has_everything_else(extremes: Path) -> None:
    bare = system(extremes, "bare", "dev").deployed
    assert list(bare.of("AWS::SageMaker::Domain"))
    functions = {function["FunctionName"].removeprefix("bare-dev-") for function in bare.of("AWS::Lambda::Function")}
    assert functions >= {"remediate", "promote", "settle", "govern"}
    assert not [*bare.of("AWS::Events::Rule"), *bare.of("AWS::SageMaker::Pipeline"), *bare.of("AWS::SageMaker::Space")]


def test_nat_gives_every_zone_its_own_way_out(extremes: Path) -> None:
    deployed = system(extremes, "largestnamedtea", "dev").deployed
    assert len(list(deployed.of("AWS::EC2::NatGateway"))) == 3
    ways = [route["NatGatewayId"] for route in deployed.of("AWS::EC2::Route") if "NatGatewayId" in route]
    assert len(set(ways)) == 3


def test_without_nat_nothing_reaches_the_internet(extremes: Path) -> None:
    deployed = system(extremes, "largestnamedtea", "prod").deployed
    assert not [*deployed.of("AWS::EC2::InternetGateway"), *deployed.of("AWS::EC2::Route")]


def test_subnets_of_a_network_do_not_overlap(extremes: Path) -> None:
    deployed = system(extremes, "largestnamedtea", "dev").deployed
    ranges = sorted(IPv4Network(subnet["CidrBlock"]) for subnet in deployed.of("AWS::EC2::Subnet"))
    assert len(ranges) == 9, "isolated, private and public in three zones"
    assert not [pair for pair in pairwise(ranges) if pair[0].overlaps(pair[1])]


def test_the_longest_names_stay_legal_and_the_teams_own(extremes: Path) -> None:
    deployed = system(extremes, "largestnamedtea", "prod").deployed
    for schedule in deployed.of("AWS::Scheduler::Schedule"):
        if "createProcessingJob" in schedule["Target"]["Arn"]:
            name = json.loads(schedule["Target"]["Input"])["ProcessingJobName"]
            name = name.replace("<aws.scheduler.execution-id>", "x" * RUN_ID_LENGTH)
            assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
            assert name.startswith("largestnamedtea-prod-")


def test_a_rule_fits_into_eventbridge(extremes: Path) -> None:
    for rule in system(extremes, "largestnamedtea", "prod").deployed.of("AWS::Events::Rule"):
        assert len(json.dumps(rule["EventPattern"])) <= 2048


def test_roles_fit_into_iam(extremes: Path) -> None:
    """10,240 characters of inline policies a role, without white space; 6,144 a managed policy."""
    deployed: Deployed = system(extremes, "largestnamedtea", "prod").deployed
    compact = partial(json.dumps, separators=(",", ":"))
    for role in deployed.of("AWS::IAM::Role"):
        assert len(compact([policy["PolicyDocument"] for policy in role["Policies"]])) <= 10_240, role["RoleName"]
    for policy in deployed.of("AWS::IAM::ManagedPolicy"):
        assert len(compact(policy["PolicyDocument"])) <= 6_144
