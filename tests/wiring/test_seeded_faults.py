"""The wiring checks catch what they claim: each mistake, made on purpose, turns its check red."""

from __future__ import annotations

import pytest

from tests.wiring.deployed import Deployed
from tests.wiring.faults import FAULTS
from tests.wiring.faults.seeding import Fault
from tests.wiring.system import system
from tests.wiring.test_wiring import CHECKS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_is_noticed(fault: Fault, demo: Deployed) -> None:
    fault.caught_by(system(demo))
    broken = fault.seed(system(demo))
    with pytest.raises((AssertionError, LookupError, ValueError)):
        fault.caught_by(broken)


def test_every_check_is_proven_by_a_fault() -> None:
    proven = {fault.caught_by for fault in FAULTS}
    assert set(CHECKS) - proven == set()


def test_every_fault_has_its_own_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
