"""A service control policy for the accounts that teams live in: what nobody there can do, not even an administrator.

It is made from all team files together and attached by hand in AWS Organizations, to the organisational unit of those
accounts. The boundary and the guard rails bind the roles of the teams; this binds everybody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from core.config.team import Team
from infra.shared_grants import OTHERS, TOPICS
from infra.statements import Statement, document

LONGEST = 5120
"""Characters of a service control policy (AWS Organizations, quotas)."""
DEPLOYER = "arn:aws:iam::*:role/cdk-*-cfn-exec-role-*"
"""CloudFormation changes what the CDK deploys with this role of `cdk bootstrap`."""
GLOBAL = (
    "access-analyzer:*",
    "account:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "health:*",
    "iam:*",
    "kms:*",
    "organizations:*",
    "route53:*",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "sso:*",
    "sts:*",
    "support:*",
    "trustedadvisor:*",
)
"""Services that live in no region of the teams, or in one of AWS's own choice."""
LOCKS = ("boundary", "guard-rails", "sizes")
"""What the names of the policies that bind roles end in."""
SHARED = tuple(f"shared-{topic}*" for topic in (*TOPICS.values(), OTHERS))
"""And of those that grant something to several roles at once."""


class TooLong(ValueError):
    """The policy has more characters than AWS Organizations takes; the message says how many and what to do."""


def service_control_policy(teams: Iterable[Team]) -> dict[str, Any]:
    """Raises TooLong where the teams need more regions and families than one policy has room for."""
    teams = tuple(teams)
    policy = document(
        [
            _in_regions(sorted({environment.region for team in teams for environment in team.environments})),
            _of_families(sorted(_families(teams))),
            *_private(),
            _watched(),
            _named_grants(),
            *_locked(),
        ]
    )
    length = len(json.dumps(policy, separators=(",", ":")))
    if length > LONGEST:
        raise TooLong(
            f"the service control policy has {length} characters and AWS Organizations takes {LONGEST}: "
            "keep teams with other regions or instance families in an organisational unit of their own"
        )
    return policy


def _families(teams: Iterable[Team]) -> Iterator[str]:
    """Of all allowed types; a system application shows Studio itself and costs nothing."""
    yield "system"
    for team in teams:
        allowed = team.instances
        for each in (*allowed.training, *allowed.processing, *allowed.serving, *allowed.studio):
            yield f"{each.rpartition('.')[0]}.*"


def _in_regions(regions: list[str]) -> Statement:
    return {
        "Sid": "OnlyInTheTeamsRegions",
        "Effect": "Deny",
        "NotAction": list(GLOBAL),
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}},
    }


def _of_families(families: list[str]) -> Statement:
    families = list(dict.fromkeys(families))
    return _denied(
        "OnlyAllowedInstanceFamilies",
        ["sagemaker:Create*", "sagemaker:Update*"],
        {"ForAnyValue:StringNotLike": {"sagemaker:InstanceTypes": families}},
    )


def _private() -> list[Statement]:
    """Domains and notebook instances have no way around the VPC. What an update does not say stays as it is."""
    access, internet = "sagemaker:AppNetworkAccessType", "sagemaker:DirectInternetAccess"
    return [
        _denied("DomainsInTheVpc", ["sagemaker:CreateDomain"], {"StringNotEquals": {access: "VpcOnly"}}),
        _denied("DomainsStayInTheVpc", ["sagemaker:UpdateDomain"], {"StringEquals": {access: "PublicInternetOnly"}}),
        _denied("NotebooksInTheVpc", ["sagemaker:CreateNotebookInstance"], {"StringNotEquals": {internet: "Disabled"}}),
    ]


def _watched() -> Statement:
    """Nobody does anything unseen, and no account leaves."""
    actions = ["DeleteTrail", "PutEventSelectors", "PutInsightSelectors", "StopLogging", "UpdateTrail"]
    return _denied("KeepTheTrail", [*(f"cloudtrail:{action}" for action in actions), "organizations:LeaveOrganization"])


def _named_grants() -> Statement:
    attach = [f"iam:Attach{kind}Policy" for kind in ("Group", "Role", "User")]
    wide = [f"arn:aws:iam::aws:policy/{name}" for name in ("*FullAccess", "AmazonSageMaker*", "PowerUserAccess")]
    return _denied("NoFullAccessByAws", attach, {"ArnLike": {"iam:PolicyARN": wide}})


def _locked() -> list[Statement]:
    """Only a deployment changes the policies that bind the teams' roles, and whether they bind them."""
    by_others = {"ArnNotLike": {"aws:PrincipalArn": DEPLOYER}}
    change = [f"iam:{verb}" for verb in ("CreatePolicyVersion", "DeletePolicy*", "SetDefaultPolicyVersion")]
    locks, shared = ([f"arn:aws:iam::*:policy/*-{name}" for name in names] for names in (LOCKS, SHARED))
    return [
        {**_denied("KeepTheLocks", change, by_others), "Resource": [*locks, *shared]},
        _denied(
            "KeepTheBoundaries", ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"], by_others
        ),
        _denied(
            "KeepTheGuardRails",
            ["iam:DetachRolePolicy"],
            {**by_others, "ArnLike": {"iam:PolicyARN": locks}},
        ),
    ]


def _denied(sid: str, actions: list[str], conditions: dict[str, Any] | None = None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": "*"}
    return {**statement, "Condition": conditions} if conditions else statement
