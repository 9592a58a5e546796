"""Where the hosts of one job agree on a secret: objects that no other role reads or writes (docs/decisions/0031)."""

from __future__ import annotations

from typing import Any

from core.contracts.images import SPARK
from infra.statements import Statement
from infra.tenant import Tenant

KEPT_DAYS = 1
"""A secret is worth nothing once its job has ended."""


def wanted(tenant: Tenant) -> bool:
    return SPARK in tenant.team.platform_images


def for_monitors_only(tenant: Tenant) -> Statement:
    """A statement of the bucket's policy: people and functions that read reports read no secret."""
    objects = tenant.arns.bucket(f"{tenant.bucket('reports')}/{tenant.names.cluster_key('*')}")
    monitor = tenant.arns.role(tenant.names.role("monitor"))
    return {
        "Sid": "ClusterSecretsAreOfMonitors",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["s3:GetObject*", "s3:PutObject*"],
        "Resource": [objects],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": monitor}},
    }


def soon_gone(tenant: Tenant) -> dict[str, Any]:
    """A rule of the bucket's lifecycle."""
    secrets = {"Prefix": tenant.names.cluster_key(""), "ExpirationInDays": KEPT_DAYS}
    return {
        "Id": "cluster-secrets",
        "Status": "Enabled",
        **secrets,
        "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
    }
