"""The record of an environment: what holds its data, and with which properties it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.kept.create_only import KINDS
from infra.tenant import Tenant

Template = Mapping[str, Any]
CREDENTIALS = "that of the credentials"
"""Stands for the account where the team's file names none; values then hold `<account>`."""
ANY_ACCOUNT = "<account>"
HEAD = """\
# What {prefix} keeps its data in, and everything of it that cannot be changed without making it anew, empty.
# Synth writes this file and refuses a change that would replace one of these; commit it with the team's file.
"""


class BadRecord(ValueError):
    """A record that synth did not write."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource: its CloudFormation type and its create-only properties, as far as they are given."""

    type: str
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.properties.get(KINDS[self.type].name, ""))


@dataclass(frozen=True, slots=True)
class Record:
    """Of one team environment. Entries are by `<stack>.<logical id>`."""

    environment: str
    account: str
    region: str
    entries: Mapping[str, Entry]

    def text(self) -> str:
        resources = {id: {"type": entry.type, **entry.properties} for id, entry in sorted(self.entries.items())}
        value = {
            "environment": self.environment,
            "account": self.account,
            "region": self.region,
            "resources": resources,
        }
        return HEAD.format(prefix=self.environment) + yaml.safe_dump(value, sort_keys=False, width=120)


def recorded(tenant: Tenant, templates: Mapping[str, Template]) -> Record:
    """What the templates would make. `templates` are by the last part of the stack's name."""
    account = tenant.environment.account or CREDENTIALS
    entries = {
        f"{stack}.{id}": Entry(resource["Type"], dict(_create_only(stack, resource, templates, tenant)))
        for stack, template in templates.items()
        for id, resource in template["Resources"].items()
        if resource["Type"] in KINDS
    }
    return Record(tenant.names.prefix, account, tenant.region, entries)


def read(path: Path) -> Record | None:
    """The committed record, or None where there is none yet. Raises BadRecord."""
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise BadRecord(
            f"{path.parent.name}/{path.name} is not as synth writes it ({type(fault).__name__}: "
            f"{str(fault).splitlines()[0]}); take it from git as it was, do not edit it"
        ) from None


def parsed(text: str) -> Record:
    """The record of a text that `Record.text` made."""
    value = yaml.safe_load(text)
    entries = {
        id: Entry(entry["type"], {key: part for key, part in entry.items() if key != "type"})
        for id, entry in value["resources"].items()
        if entry["type"] in KINDS
    }
    return Record(str(value["environment"]), str(value["account"]), str(value["region"]), entries)


def _create_only(
    stack: str, resource: Mapping[str, Any], templates: Mapping[str, Template], tenant: Tenant
) -> Iterator[tuple[str, Any]]:
    for path in KINDS[resource["Type"]].create_only:
        value: Any = resource.get("Properties", {})
        for part in path.split("/"):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            yield path, _settled(value, stack, templates, tenant)


def _settled(value: Any, stack: str, templates: Mapping[str, Template], tenant: Tenant) -> Any:
    """References by what they mean, so that another way to write one is no change."""
    match value:
        case {"Ref": str(id)} if len(value) == 1:
            return id if id.startswith("AWS::") else f"{stack}.{id}"
        case {"Fn::GetAtt": [id, attribute]} if len(value) == 1:
            return f"{stack}.{id}.{attribute}"
        case {"Fn::ImportValue": str(export)} if len(value) == 1:
            return _exported(export, templates, tenant)
        case Mapping():
            return {key: _settled(part, stack, templates, tenant) for key, part in value.items()}
        case list():
            return [_settled(part, stack, templates, tenant) for part in value]
        case str() if tenant.environment.account is None:
            return value.replace(tenant.account, ANY_ACCOUNT)
    return value


def _exported(export: str, templates: Mapping[str, Template], tenant: Tenant) -> Any:
    for stack, template in templates.items():
        for output in template.get("Outputs", {}).values():
            if output.get("Export", {}).get("Name") == export:
                return _settled(output["Value"], stack, templates, tenant)
    return export
