"""Bring a domain to what its settings say: gather, decide, act."""

from __future__ import annotations

from dataclasses import dataclass

from core.contracts.domain_settings import DomainSettings, StudioImage
from lambdas.domain.ports import Domains
from lambdas.domain.settings import changes, needs_version
from lambdas.failures import Refused
from lambdas.log import say


@dataclass(frozen=True, slots=True)
class Unready:
    """An image that has no usable version: the domain is set up without it."""

    image: str
    why: str
    pushed: bool
    """Whether there is something to make a version of."""

    def __str__(self) -> str:
        return f"{self.image}: {self.why}"


def bring_about(wanted: DomainSettings, before: DomainSettings, domains: Domains) -> tuple[Unready, ...]:
    """Returns the images that cannot be used yet. Raises Refused where the domain cannot be changed, Unavailable."""
    found = tuple(unready for image in wanted.images if (unready := _unready(image, domains)))
    standing = domains.standing(wanted.domain)
    if standing is None:
        say("no domain", domain=wanted.domain)
        return found
    ready = {image.name for image in wanted.images} - {unready.image for unready in found}
    change = changes(wanted, before, standing, ready)
    if change is not None:
        domains.update(wanted.domain, change)
    say("domain", domain=wanted.domain, changed=sorted({*change.user, *change.space} if change else ()))
    return found


def _unready(image: StudioImage, domains: Domains) -> Unready | None:
    """None where the image has a usable version; one is made where it can be."""
    newest, version = domains.newest_image(image.repository), domains.version(image.name)
    if newest is not None and needs_version(newest, version):
        try:
            domains.make_version(image.name, newest, after=version.number if version else 0)
        except Refused as refusal:
            return Unready(image.name, str(refusal), pushed=True)
        version = domains.version(image.name)
    if version is None:
        return Unready(image.name, f"nothing was pushed to {image.repository}", pushed=False)
    if version.status == "CREATED":
        return None
    return Unready(image.name, f"version {version.number} failed: {version.failure}", pushed=True)
