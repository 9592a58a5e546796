"""People: how they sign in, and what is theirs."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.plain import Finding, Location
from core.config.team import Team


def sign_in(team: Team) -> Iterator[Finding]:
    sso = team.studio.auth == "SSO"
    for index, member in enumerate(team.members):
        if sso and member.sso_user is None:
            accepted = "accepted: the user's name in IAM Identity Center, because studio.auth is SSO"
            yield ("members", index, "sso_user"), f"is missing for {member.name}; {accepted}"
        if not sso and member.sso_user is not None:
            found = f"found {member.sso_user!r}, but studio.auth is IAM"
            yield ("members", index, "sso_user"), f"{found}; accepted: nothing here, or SSO there"


def of_spaces(team: Team) -> Iterator[Finding]:
    for index, space in enumerate(team.spaces):
        yield from _owner(team, space.owner, ("spaces", index, "owner"))


def of_notebooks(team: Team) -> Iterator[Finding]:
    for index, notebook in enumerate(team.studio.notebooks):
        yield from _owner(team, notebook.owner, ("studio", "notebooks", index, "owner"))


def _owner(team: Team, owner: str, at: Location) -> Iterator[Finding]:
    members = [member.name for member in team.members]
    if owner not in members:
        known = ", ".join(sorted(members)) or "nobody, because `members` is empty"
        yield at, f"found {owner!r}, which is no member; accepted: {known}"
