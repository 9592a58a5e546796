"""What a refusal says: which resource, which property, from what to what, why, what would be lost and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.kept.causes import cause
from infra.kept.changes import Gone, Renamed, Replaced
from infra.kept.create_only import AROUND, KINDS
from infra.kept.record import Record
from infra.tenant import Tenant


def place(path: Path) -> str:
    """A record as people see it: `teams/kept/demo-dev.yaml`."""
    return "/".join(path.parts[-3:])


def refusal(tenant: Tenant, refused: list[Replaced | Renamed], path: Path) -> str:
    what = "\n".join(f"    {_would(tenant, change)}" for change in refused)
    first = f"{tenant.names.prefix}.{refused[0].id}"
    return (
        f"{tenant.names.prefix} would lose data, so nothing is to be deployed:\n{what}\n"
        "  Put back what was changed. If it is meant: move the data first, then accept each resource by its id, as in\n"
        f"  `cdk deploy -c replace={first}` (several with commas), and commit {place(path)}.\n"
        f"  If it was never deployed: delete it from {place(path)}."
    )


def _would(tenant: Tenant, change: Replaced | Renamed) -> str:
    kind = KINDS[change.type]
    if isinstance(change, Replaced):
        what = f"{kind.called} {change.now.name}".rstrip()
        old, new = _differing(change.old, change.new)
        return (
            f"{change.id}: {change.property} of the {what} would change\n"
            f"      from {_shown(old)}\n      to   {_shown(new)},\n"
            f"      {cause(tenant, change.now, change.property)}.\n      {_clash(change) or _loss(change.type)}"
        )
    if change.moved:
        return (
            f"{change.id}: the {kind.called} {change.now.name} would become {change.new_id}.\n"
            "      Nothing in the team's file causes it, the platform itself has changed.\n"
            "      CloudFormation would fail to make a second one of that name."
        )
    old, new = change.old.name or change.id, change.now.name or change.new_id
    because = cause(tenant, change.now, kind.name)
    return (
        f"{change.id}: the {kind.called} {old} goes and {new} comes,\n      {because}.\n"
        f"      If one is the other under a new name: {_loss(change.type)}\n"
        "      If they have nothing to do with each other, accept it."
    )


def _clash(change: Replaced) -> str:
    """CloudFormation makes the new one before it removes the old one. Domains may share a name."""
    kind = KINDS[change.type]
    if change.property == kind.name or not change.now.name or change.type == "AWS::SageMaker::Domain":
        return ""
    stays = "stays in AWS" if kind.retained else "is deleted"
    return (
        f"A second {kind.called} cannot have the same name, so the deployment would fail.\n"
        f"      Under another name it is new and empty, and the old one {stays} with {kind.lost}."
    )


def _differing(old: Any, new: Any) -> tuple[Any, Any]:
    """Of two lists or mappings only what is not the same in both."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return {key: old[key] for key in keys if key in old}, {key: new[key] for key in keys if key in new}
    if isinstance(old, list) and isinstance(new, list):
        return [each for each in old if each not in new], [each for each in new if each not in old]
    return old, new


def _shown(value: Any) -> str:
    text = "nothing" if value in (None, [], {}) else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 110 else f"{text[:107]}..."


def _loss(type: str) -> str:
    kind = KINDS[type]
    if type in AROUND:
        return f"What stands in the old one goes with it: {kind.lost}."
    if kind.retained:
        return f"The new one is empty; the old one stays in AWS with {kind.lost}, and nothing uses it."
    return f"The new one is empty; the old one is deleted with {kind.lost}."


def move(tenant: Tenant, old: Record, path: Path) -> str:
    return (
        f"{tenant.names.prefix} would move from account {old.account}, {old.region} to account {tenant.account}, "
        f"{tenant.region}.\n"
        "  CloudFormation makes everything anew there, empty; what is in the old place stays, and nothing manages it.\n"
        "  Put account and region back in the team's file, or add the new place as an environment of its own.\n"
        f"  If nothing is in the old place any more, delete {place(path)}."
    )


def abandoned(environment: str, old: Record, path: Path) -> str:
    kinds = sorted({KINDS[entry.type].called for entry in old.entries.values()})
    return (
        f"{place(path)}: no team file has the environment {environment} any more, so nothing manages its stacks in\n"
        f"  account {old.account}, {old.region}. They stay as they are and cost what they cost, with every\n"
        f"  {', '.join(kinds)}.\n"
        "  If it was renamed: put the old name back, everything is named after it.\n"
        "  To remove it: put its team file back, `cdk destroy` it, then delete the file and this record.\n"
        "  To leave it in AWS unmanaged: delete this record."
    )


def let_go(change: Gone) -> str:
    kind = KINDS[change.entry.type]
    name = f"{kind.called} {change.entry.name or change.id}"
    if kind.retained:
        return f"the {name} is let go: it stays in AWS with {kind.lost}, and nothing manages it"
    return f"the {name} is deleted with {kind.lost}"


def stale(path: Path, missing: bool) -> str:
    return (
        f"{place(path)} is {'missing' if missing else 'not current'}: run `make synth` where files can be written, "
        "and commit it with the team's file"
    )
