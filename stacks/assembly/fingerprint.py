"""What an environment's templates are made from, as a digest: the same digest, the same assembly."""

from __future__ import annotations

import hashlib
import json
import platform
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.tenant import Tenant
from stacks.assembly import content
from stacks.assembly.content import digest

NOT_READ = frozenset(
    {"bench", "build", "cdk.out", "demo", "docs", "examples", "local", "node_modules", "teams", "tests"}
    | {"Makefile", "README.md"}
)
"""Of the project, beside what is hidden: what no synth reads. All else counts, also what is added later."""
ASSEMBLY = "cdk.out"
"""A file of this name lies in whatever folder somebody had the CDK write to."""
READ_THOUGH_HIDDEN = frozenset({".dockerignore"})
SELECTS = frozenset({"team", "environment", "teams", "kept", "replace", "workers", "destroy-data"})
"""Context that says which environments are made, where from and how; what it makes of them is in the tenant."""
BUNDLES = "aws:cdk:bundling-stacks"
"""Context of the CDK, another one for each command: whose assets need a build in a container. None does here."""


def fingerprint(tenant: Tenant, context: Mapping[str, Any], code: str) -> str:
    """`context`: that of the CDK app. `code`: `code_digest` of the project."""
    made_from = {
        "code": code,
        "team": tenant.team.model_dump(mode="json"),
        "environment": tenant.environment.name,
        "account": tenant.account,
        "destroys_data": tenant.destroys_data,
        "images": {image.folder: digest(tenant.home / image.folder) for image in tenant.team.images},
        "context": {key: value for key, value in context.items() if key not in SELECTS | {BUNDLES}},
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def code_digest(project: Path, packages: Path | None = None) -> str:
    """Of the project's sources, of Python, and of the names and versions of the distributions in `packages`."""
    installed = Path(sysconfig.get_path("purelib")) if packages is None else packages
    names = sorted(path.name for path in installed.glob("*.dist-info"))
    said = [platform.python_version(), names, {path.name: digest(path) for path in sources(project)}]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def written(project: Path) -> float:
    """When the last of the project's sources was written, in seconds of the epoch."""
    return max(map(content.written, sources(project)), default=0.0)


def sources(project: Path) -> list[Path]:
    """Files and folders of the project that run at synth, or are packed into assets."""
    seen = (path for path in project.iterdir() if path.name in READ_THOUGH_HIDDEN or not path.name.startswith("."))
    return sorted(path for path in seen if path.name not in NOT_READ and not (path / ASSEMBLY).exists())
