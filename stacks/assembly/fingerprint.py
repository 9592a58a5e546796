"""What an environment's templates are made from, as a digest: the same digest, the same assembly."""

from __future__ import annotations

import hashlib
import json
import platform
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.tenant import Tenant
from stacks.assembly.content import digest

ROOT = Path(__file__).parents[2]
SOURCES = (
    "app.py",
    "cdk.json",
    ".dockerignore",
    "requirements.lock",
    "core",
    "infra",
    "stacks",
    "pipelines",
    "lambdas",
    "containers",
    "tools",
)
"""What runs at synth, and what is packed into assets. A test holds it to what a synth really reads."""
SELECTS = frozenset({"team", "environment", "teams", "kept", "replace", "workers", "destroy-data"})
"""Context that says which environments are made, where from and how; what it makes of them is in the tenant."""
BUNDLES = "aws:cdk:bundling-stacks"
"""Context of the CDK, another one for each command: whose assets need a build in a container. None does here."""


def fingerprint(tenant: Tenant, context: Mapping[str, Any]) -> str:
    """`context`: that of the CDK app."""
    made_from = {
        "code": _code(),
        "packages": _packages(),
        "team": tenant.team.model_dump(mode="json"),
        "environment": tenant.environment.name,
        "account": tenant.account,
        "destroys_data": tenant.destroys_data,
        "images": {image.folder: digest(tenant.home / image.folder) for image in tenant.team.images},
        "context": {key: value for key, value in context.items() if key not in SELECTS | {BUNDLES}},
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True, default=str).encode()).hexdigest()


@cache
def _code() -> dict[str, str]:
    return {name: digest(ROOT / name) for name in SOURCES}


@cache
def _packages() -> list[str]:
    """Python, and each installed distribution with its version."""
    installed = sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    return [platform.python_version(), *installed]
