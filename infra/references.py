"""References to what AWS generates, as marks in the texts of a template.

A construct passes a mark on like any other text, also as a part of a longer one; when the template is written, it
becomes an intrinsic function of CloudFormation.

>>> vpc = Reference("risk-dev-network", "Vpc", "Ref")
>>> replaced({"VpcId": str(vpc), "Name": f"of {vpc}", "Tags": None}, Reference.intrinsic)
{'VpcId': {'Ref': 'Vpc'}, 'Name': {'Fn::Join': ['', ['of ', {'Ref': 'Vpc'}]]}}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MARK = re.compile(r"<<([\w-]+)/(\w+)\.([\w.]+)>>")
CDK_TOKEN = "${Token["
REF = "Ref"


@dataclass(frozen=True, slots=True)
class Reference:
    """`attribute` of a resource of a stack; `REF` is what Ref returns, mostly the id."""

    stack: str
    logical_id: str
    attribute: str

    def __str__(self) -> str:
        return f"<<{self.stack}/{self.logical_id}.{self.attribute}>>"

    def intrinsic(self) -> dict[str, Any]:
        """As it is written in the resource's own stack."""
        return {REF: self.logical_id} if self.attribute == REF else {"Fn::GetAtt": [self.logical_id, self.attribute]}


def replaced(value: Any, written: Callable[[Reference], Any]) -> Any:
    """A copy without None, and with what `written` says in place of each mark.

    Raises ValueError for a token of the CDK: only the CDK can read it, and it does not see these values.
    """
    if isinstance(value, str):
        if CDK_TOKEN in value:
            raise ValueError(f"a token of the CDK in {value[:99]!r}; accepted: plain values, references of Resource")
        return _joined(list(_parts(value, written))) if "<<" in value else value
    if isinstance(value, Mapping):
        return {key: replaced(item, written) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [replaced(item, written) for item in value if item is not None]
    return value


def _parts(text: str, written: Callable[[Reference], Any]) -> Iterator[Any]:
    end = 0
    for mark in MARK.finditer(text):
        if mark.start() > end:
            yield text[end : mark.start()]
        yield written(Reference(*mark.groups()))
        end = mark.end()
    if end < len(text):
        yield text[end:]


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else {"Fn::Join": ["", parts]}
