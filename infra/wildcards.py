"""Why a wildcard in a grant is accepted: each on its role, by what it stands for, and only in the forms below.

cdk-nag reports every wildcard of every policy. One that stands for the team's own things only, or that AWS leaves no
other way to write, is acknowledged with its reason; any other stays a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from infra.references import MARK, REF
from infra.statements import Statement
from infra.tenant import Tenant

RULE = "AwsSolutions-IAM5"
EVERYTHING = "*"
LIMIT = "A boundary gives nothing: a role can do what its own grants name, and of that only what is inside these lines."
NO_RESOURCE = frozenset(
    {
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
        "cloudformation:GetTemplateSummary",
        "cloudformation:ValidateTemplate",
        "codebuild:ListProjects",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ecr:GetAuthorizationToken",
        "elasticfilesystem:DescribeFileSystems",
        "license-manager:CheckInLicense",
        "license-manager:CheckoutLicense",
        "license-manager:ExtendLicenseConsumption",
        "license-manager:ListReceivedLicenses",
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota",
        "servicequotas:ListServiceQuotas",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
"""Actions without resource types in the Service Authorization Reference, beside SageMaker's lists."""
NEW_TARGET = "a target's ARN is made at its registration; limited to endpoints"
INTERFACES = frozenset(
    f"ec2:{verb}NetworkInterface{what}" for verb in ("Create", "Delete") for what in ("", "Permission")
)
PLACES = {"ec2:Subnet", "ec2:Vpc"}
LOOKING = re.compile(r"(sagemaker|ec2|elasticfilesystem):(Describe|List)[A-Za-z]+")
ONLY_EVERYTHING = {
    "cloudwatch:DescribeAlarms": "composite alarms are shown to nobody with less",
    "elasticfilesystem:DescribeMountTargets": "only looked at, to find the domain's own",
    "logs:DescribeLogGroups": "only looked at, to find the build's own",
    "application-autoscaling:RegisterScalableTarget": NEW_TARGET,
    "application-autoscaling:PutScalingPolicy": NEW_TARGET,
    "application-autoscaling:DeregisterScalableTarget": NEW_TARGET,
}


def acknowledged(tenant: Tenant, statements: Iterable[Statement]) -> dict[str, str]:
    """Finding of cdk-nag -> reason, for those wildcards of Allow statements that have one."""
    allowed = [statement for statement in statements if statement["Effect"] == "Allow"]
    found: dict[str, str] = {}
    for resource in dict.fromkeys(each for statement in allowed for each in statement["Resource"] if "*" in each):
        naming = [statement for statement in allowed if resource in statement["Resource"]]
        if reason := _reason(tenant, resource, naming):
            found[f"{RULE}[Resource::{_as_reported(resource)}]"] = reason
    return found


def acknowledged_in_a_limit(statements: Iterable[Statement]) -> dict[str, str]:
    """The same for a policy that is only ever a boundary: all its wildcards."""
    allowed = [statement for statement in statements if statement["Effect"] == "Allow"]
    kinds = ("Action", "Resource")
    found = {f"{kind}::{_as_reported(each)}" for kind in kinds for one in allowed for each in one[kind] if "*" in each}
    return {f"{RULE}[{each}]": LIMIT for each in sorted(found)}


def _reason(tenant: Tenant, resource: str, naming: Sequence[Statement]) -> str:
    """Why this wildcard is enough in the statements that name it, or nothing."""
    if resource == EVERYTHING:
        return _of_everything(sorted({action for statement in naming for action in statement["Action"]}))
    if resource == f"arn:aws:ec2:{tenant.region}:{tenant.account}:*":
        return _of_ec2(naming)
    by_form = next((reason for pattern, reason in _forms(tenant) if re.fullmatch(pattern, resource)), "")
    if not by_form and all(_asks_for_a_tag(statement) or _only_looks(statement) for statement in naming):
        return (
            "Used only where a condition finds the team's tag; what AWS named is otherwise only looked at, to find it."
        )
    return by_form


def _of_ec2(naming: Sequence[Statement]) -> str:
    """Nothing where one of them is about more than interfaces and rules of the network."""
    if not all(set(statement["Action"]) <= INTERFACES or _asks_for_a_place(statement) for statement in naming):
        return ""
    return (
        "AWS names interfaces and groups. The boundary lets jobs into the team's network only, and what is there "
        "already is changed only with the team's tag, in its subnets or in its VPC."
    )


def _asks_for_a_place(statement: Statement) -> bool:
    return _asks_for_a_tag(statement) or bool(statement.get("Condition", {}).get("ArnEquals", {}).keys() & PLACES)


def _asks_for_a_tag(statement: Statement) -> bool:
    equal = statement.get("Condition", {}).get("StringEquals", {})
    return any(key.startswith("aws:ResourceTag/") for key in equal)


def _only_looks(statement: Statement) -> bool:
    return all(LOOKING.fullmatch(action) for action in statement["Action"])


def _of_everything(actions: Iterable[str]) -> str:
    """Nothing where one of the actions could be limited."""
    others = [
        action for action in actions if action not in NO_RESOURCE and not re.match(r"sagemaker:List[A-Z]", action)
    ]
    if any(action not in ONLY_EVERYTHING for action in others):
        return ""
    reasons = "".join(f"; {action}: {ONLY_EVERYTHING[action]}" for action in others)
    return f"AWS takes no resource for what is granted on everything{reasons}."


def _forms(tenant: Tenant) -> Iterator[tuple[str, str]]:
    """What a resource with a wildcard may look like, and why that is enough."""
    prefix, parameters = re.escape(tenant.names.prefix), re.escape(tenant.names.parameters)
    service, anything = rf"arn:aws:[a-z0-9-]+:[a-z0-9-]*:{tenant.account}:", r"[^*]*"
    yield rf"arn:aws:s3:::{prefix}-{anything}/.*", "Keys in the team's own bucket: they are made at run time."
    yield rf"{service}parameter{parameters}/\*", "Parameters below the team's own path, one for each model."
    yield (
        rf"{service}{anything}[/:]{prefix}-.*|{service}\*/{prefix}-\*",
        "Names with the team's prefix, which no other team's have (core/names).",
    )
    yield rf"{service}table/{prefix.replace('-', '_')}/\*", "Tables of the team's own database."
    yield rf"{service}.*\$\{{sagemaker:DomainId\}}.*", "Below the domain from which SageMaker says the call comes."
    yield rf"{service}[a-z*-]+/pipelines-\*", "SageMaker names the jobs of pipelines by itself; their tags say whose."
    yield rf"{service}log-group:/aws/sagemaker/.*", "SageMaker's log groups of jobs: it names their streams."
    yield rf"{service}log-group:/homeostat/{prefix}/.*", "Streams of the team's own log group."
    yield (
        rf"arn:aws:servicequotas:[a-z0-9-]+:{tenant.account}:sagemaker/\*",
        "Quotas of SageMaker have ids of AWS's own.",
    )
    yield rf"{service}\*/\?anvas\*", "Canvas names what it makes by itself; the tag of its domain says whose it is."
    yield r"arn:aws:license-manager::\*:license:\*", "A licence is in its seller's account; it was granted to this one."
    yield rf"{service}stack/SP-\*", "SageMaker calls the stacks of projects so, and asks for them in a member's name."
    yield rf"{service}\*/<<.*>>/\*", "It lies inside the team's own domain."
    yield rf"{service}security-group/\*", "A condition finds what SageMaker made for the team's own domain."


def _as_reported(resource: str) -> str:
    """cdk-nag writes a variable `${x}` as `<x>`, and a reference as the logical id that it refers to."""
    plain = MARK.sub(lambda mark: f"<{mark[2]}>" if mark[3] == REF else f"<{mark[2]}.{mark[3]}>", resource)
    return re.sub(r"\$\{([^}]+)\}", r"<\1>", plain)
