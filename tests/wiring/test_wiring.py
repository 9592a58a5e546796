"""Both ends of every wire of the demonstration team."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.wiring import (
    check_alarms,
    check_artifacts,
    check_code,
    check_dashboards,
    check_events,
    check_governance,
    check_grants,
    check_kept,
)
from tests.wiring.deployed import Deployed
from tests.wiring.system import System, system

CHECKS = [
    *check_events.CHECKS,
    *check_alarms.CHECKS,
    *check_artifacts.CHECKS,
    *check_code.CHECKS,
    *check_dashboards.CHECKS,
    *check_governance.CHECKS,
    *check_grants.CHECKS,
    *check_kept.CHECKS,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check: Callable[[System], None], demo: Deployed) -> None:
    check(system(demo))
