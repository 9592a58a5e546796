"""What setting up a domain needs from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Standing:
    """What a domain says now."""

    user: Mapping[str, Any]
    """`DefaultUserSettings` of the API."""
    space: Mapping[str, Any]
    """`DefaultSpaceSettings`."""


@dataclass(frozen=True, slots=True)
class Change:
    """What UpdateDomain is to be given; SageMaker keeps what is not named."""

    user: Mapping[str, Any]
    space: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """The newest version of a SageMaker image."""

    number: int
    base: str
    """URI of its container image."""
    status: str
    """CREATED, CREATE_FAILED, or one that passes."""
    failure: str = ""


class Domains(Protocol):
    """The domain, the SageMaker images, and the container images of which versions are made."""

    def standing(self, domain: str) -> Standing | None:
        """Once nobody else changes it; None where there is none, or where it is being deleted. Raises Unavailable."""

    def update(self, domain: str, change: Change) -> None:
        """Returns when the domain is ready again. Raises Refused, Unavailable."""

    def newest_image(self, repository: str) -> str | None:
        """URI, by digest, of what was pushed last; None where nothing was. Raises Unavailable."""

    def version(self, image: str) -> Version | None:
        """The newest one, once it is made or has failed; None where there is none. Raises Unavailable."""

    def make_version(self, image: str, base: str, after: int) -> None:
        """Asked for twice after the same version, it is made once. Raises Refused, Unavailable."""
