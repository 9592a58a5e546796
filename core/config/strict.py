"""Base of every section of a team file, and the kinds of value that several sections share."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.names import MODEL_MAX, MODEL_PATTERN, TEAM_PATTERN

IN_WORDS: dict[str, str] = {}
"""Pattern -> what it accepts, for people: a regular expression is no sentence. How long it may be is said beside it."""


def _text(pattern: str, words: str, longest: int | None = None) -> Any:
    IN_WORDS[f"^{pattern}$"] = words
    return Field(pattern=f"^{pattern}$", max_length=longest)


_NAME = "lower-case letters, digits and single hyphens, a letter first"
Slug = Annotated[str, _text(TEAM_PATTERN, "2 to 15 lower-case letters and digits, a letter first")]
ModelName = Annotated[str, _text(MODEL_PATTERN, _NAME, MODEL_MAX)]
Name = Annotated[str, _text(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", _NAME, 40)]
"""Of a member, a space and whatever else stands inside the team's domain or under its prefix."""
FeatureName = Annotated[
    str, _text(r"[A-Za-z][A-Za-z0-9_]{0,63}", "at most 64 letters, digits and underscores, a letter first")
]
InstanceType = Annotated[str, _text(r"ml\.[a-z0-9-]+\.[a-z0-9]+", "an instance type, as ml.m5.large")]
Email = Annotated[str, _text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address, as ada@example.com", 254)]
Phone = Annotated[str, _text(r"\+[1-9][0-9]{6,14}", "a phone number with its country, as +15550100000")]
Account = Annotated[str, _text(r"[0-9]{12}", "the 12 digits of an AWS account, in quotes")]
Region = Annotated[str, _text(r"[a-z]{2}(-[a-z]+)+-[0-9]", "an AWS region, as eu-west-1")]
ZoneLetter = Annotated[str, _text("[a-f]", "the letter of an availability zone, a to f")]
VpcId = Annotated[str, _text(r"vpc-[0-9a-f]{8,17}", "the id of a VPC, as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, _text(r"subnet-[0-9a-f]{8,17}", "the id of a subnet, as subnet-0123456789abcdef0")]
RouteTableId = Annotated[str, _text(r"rtb-[0-9a-f]{8,17}", "the id of a route table, as rtb-0123456789abcdef0")]
Url = Annotated[str, _text(r"https://\S+", "an address that begins with https://", 400)]
SsoUser = Annotated[str, _text(r"[^\s/][^/]*", "a user's name without a slash, as ada@example.com", 128)]
TagValue = Annotated[str, _text(r"[A-Za-z0-9 _.:/=+@-]+", "letters, digits, spaces and _ . : / = + - @", 64)]
"""What every service takes as the value of a tag (Tagging AWS Resources, "Tag naming limits and requirements")."""
StudioApp = Literal["JupyterLab", "CodeEditor"]


def _with_length(value: Any) -> Any:
    """Python takes a bare address as a network of one; who leaves the length out means something else."""
    if isinstance(value, str) and "/" not in value:
        raise ValueError("a range with its length, as 10.20.0.0/16")
    return value


_CIDR = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"
Cidr = Annotated[IPv4Network, BeforeValidator(_with_length), Field(json_schema_extra={"pattern": _CIDR})]


class Strict(BaseModel):
    """Unknown keys are refused; a loaded section cannot be changed; a number is finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
