"""Where an environment can stand."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from core.config.plain import Finding
from core.config.team import Team
from core.regions import REGIONS


def findings(team: Team) -> Iterator[Finding]:
    for index, environment in enumerate(team.environments):
        if environment.region not in REGIONS:
            near = difflib.get_close_matches(environment.region, REGIONS, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            found = f"found {environment.region!r}; accepted: a region with SageMaker outside China and GovCloud"
            yield ("environments", index, "region"), found + meant
        if environment.account == "0" * 12:
            found = f"found {environment.account!r}, which is no AWS account; accepted: the account's 12 digits"
            yield ("environments", index, "account"), f"{found}, or leave the key out for that of your credentials"
