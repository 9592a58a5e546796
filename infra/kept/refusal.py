"""Refuses templates that would replace what holds data, before anybody can deploy them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from core.config.team import Team
from infra.kept import record, told
from infra.kept.changes import Gone, changes
from infra.kept.record import CREDENTIALS, Record, Template
from infra.tenant import Tenant

FOLDER = "kept"
"""Of the records, beside the team files."""
EMBEDDED = "0" * 12
"""Account of the embedded AWS: AWS gives it to nobody, and what is in it nobody misses."""


class ReplacementRefused(ValueError):
    """The templates would replace what holds data; the message says what, why, and what to do."""


class StaleRecord(ValueError):
    """The committed record is not what the templates say, and it cannot or must not be written here."""


def refuse_replacements(
    tenant: Tenant,
    templates: Mapping[str, Template],
    *,
    folder: Path | None = None,
    accepted: Collection[str] = (),
    writes: bool = True,
) -> tuple[str, ...]:
    """Hold an environment's templates to its record, and bring the record up to date.

    `templates` are by the last part of the stack's name ("network", "studio", ...), as they will be deployed. `folder`
    is that of the records: `kept` beside the team files where it is not given. `accepted` are resources that may be
    replaced, as `risk-dev.studio.Domain58E72D41`: environment, stack, logical id. Without `writes` (continuous
    integration) a record that is not current is a fault.

    Returns sentences about resources that the environment lets go. Raises ReplacementRefused, StaleRecord and
    BadRecord, all of them ValueErrors. Reads, says and writes nothing for the embedded AWS.
    """
    if tenant.account == EMBEDDED:
        return ()
    path = (folder or tenant.home / FOLDER) / f"{tenant.names.prefix}.yaml"
    old, new = record.read(path), record.recorded(tenant, templates)
    found = () if old is None else tuple(changes(_in_this_place(tenant, old, new, path), new))
    ids = {id.removeprefix(f"{tenant.names.prefix}.") for id in accepted if id.startswith(f"{tenant.names.prefix}.")}
    refused = [change for change in found if not isinstance(change, Gone) and change.id not in ids]
    if refused:
        raise ReplacementRefused(told.refusal(tenant, refused, path))
    if old != new:
        _write(path, new, told.stale(path, missing=old is None), writes)
    return tuple(told.let_go(change) for change in found if isinstance(change, Gone))


def refuse_abandoned(teams: Iterable[Team], folder: Path) -> None:
    """Records of environments that are in no team file. `folder` is that of the records. Raises as above."""
    managed = {team.names(environment).prefix for team in teams for environment in team.environments}
    left = [path for path in sorted(folder.glob("*.yaml")) if path.stem not in managed]
    records = [(path, old) for path in left if (old := record.read(path)) is not None]
    if records:
        raise ReplacementRefused("\n".join(told.abandoned(path.stem, old, path) for path, old in records))


def _in_this_place(tenant: Tenant, old: Record, new: Record, path: Path) -> Record:
    """The old record as if the team's file had then named the account that it names now, or as then, had not."""
    if old.region != tenant.region or old.account not in (CREDENTIALS, tenant.account):
        raise ReplacementRefused(told.move(tenant, old, path))
    if old.account == new.account:
        return old
    if old.account == CREDENTIALS:
        return record.parsed(old.text().replace(record.ANY_ACCOUNT, tenant.account))
    return record.parsed(old.text().replace(tenant.account, record.ANY_ACCOUNT))


def _write(path: Path, new: Record, stale: str, writes: bool) -> None:
    """At once or not at all: two runs may do it at the same time."""
    if not writes:
        raise StaleRecord(stale)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(new.text(), encoding="utf-8")
        partial.replace(path)
    except OSError as fault:
        raise StaleRecord(f"{stale} ({fault.strerror})") from None
