"""The domain: scripts that run when applications start, and images that they start with."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator

from core.config.plain import Finding
from core.config.rules.networks import PRIVATE
from core.config.team import Team

LONGEST_SCRIPT = 16_384
"""Characters in base64 (CreateStudioLifecycleConfig, StudioLifecycleConfigContent)."""
WIDEST = 16
FILE_NAME = re.compile(r"\S+\.(sh|bash)")


def setup(team: Team) -> Iterator[Finding]:
    for app, script in team.studio.setup.items():
        at = ("studio", "setup", app)
        size = len(b64encode(script.encode()))
        if not script.strip():
            yield at, "is empty; accepted: the text of a shell script, or leave the key out"
        elif FILE_NAME.fullmatch(script.strip()):
            yield at, f"found {script.strip()!r}, the name of a file; accepted: the script's own text, after `|`"
        elif size > LONGEST_SCRIPT:
            longest = LONGEST_SCRIPT * 3 // 4
            yield at, f"holds {len(script.encode())} bytes; accepted: {longest} at most, fetch the rest in the script"


def open_from(team: Team) -> Iterator[Finding]:
    """Requests over the internet come from public addresses; a wide range is no office."""
    for index, network in enumerate(team.studio.open_from):
        at = ("studio", "open_from", index)
        if team.studio.auth == "SSO":
            yield at, f"found {network}, but studio.auth is SSO, which takes no ranges; accepted: nothing here"
        elif network.prefixlen < WIDEST or any(network.overlaps(block) for block in PRIVATE):
            yield at, f"found {network}; accepted: a public range of /{WIDEST} to /32, as 198.51.100.0/24"


def images(team: Team) -> Iterator[Finding]:
    known = [image.name for image in team.images]
    for index, name in enumerate(team.studio.images):
        if name not in known:
            accepted = ", ".join(known) or "none, because `images` is empty"
            yield ("studio", "images", index), f"found {name!r}, which is no image of the team; accepted: {accepted}"
