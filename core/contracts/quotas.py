"""Service Quotas: which quotas an environment watches and asks for, and how each can stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

RESOURCE_TYPE = "Custom::HomeostatQuotas"
PARAMETER_MAX = 4096
"""Characters of an SSM parameter."""
ATTRIBUTE_MAX = 160
KEPT_MAX = 300
"""Characters of an attribute: CloudFormation takes some 3,000 bytes of all attributes of a custom resource."""
GROUP = 12
"""Quotas that one custom resource asks for."""
KEPT = "Kept"
"""Attribute that tells of quotas that are no longer asked for."""


class State(StrEnum):
    """How a quota stands."""

    ENOUGH = "ENOUGH"
    """The account has what is wanted."""
    REQUESTED = "REQUESTED"
    """It was asked for just now."""
    PENDING = "PENDING"
    CASE_OPENED = "CASE_OPENED"
    """AWS Support looks at it, under the case's number."""
    APPROVED = "APPROVED"
    """Granted, but not in effect yet."""
    DENIED = "DENIED"
    CLOSED = "CLOSED"
    """The case was closed, or the request was found invalid, and the quota is as it was."""
    NOT_ADJUSTABLE = "NOT_ADJUSTABLE"
    UNKNOWN = "UNKNOWN"
    """Service Quotas has no quota of this name in the region."""
    REFUSED = "REFUSED"
    """The request was not taken, for instance because it is above what the account may have."""
    LATER = "LATER"
    """Service Quotas could not be asked now; it is tried again."""


@dataclass(frozen=True, slots=True)
class WatchedQuotas:
    """Name of each quota -> the value that is wanted; 0 for a quota that is only watched."""

    wanted: Mapping[str, int]

    def to_json(self) -> str:
        """Raises ValueError where an SSM parameter cannot hold it.

        >>> WatchedQuotas.from_json(WatchedQuotas({"ml.g5.xlarge for endpoint usage": 2}).to_json()).wanted
        {'ml.g5.xlarge for endpoint usage': 2}
        """
        text = json.dumps(self.wanted, separators=(",", ":"))
        if len(text) > PARAMETER_MAX:
            raise ValueError(
                f"{len(self.wanted)} quotas need {len(text)} characters; an SSM parameter holds {PARAMETER_MAX}"
            )
        return text

    @classmethod
    def from_json(cls, text: str) -> WatchedQuotas:
        return cls({str(name): int(value) for name, value in json.loads(text).items()})


def attribute(name: str) -> str:
    """The attribute of the custom resource, and the output of the stack, that tell of a quota.

    >>> attribute("ml.g5.2xlarge for spot training job usage")
    'MlG52xlargeForSpotTrainingJobUsage'
    """
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))
