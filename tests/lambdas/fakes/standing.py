"""Whether an endpoint stands, and what refused a deployment."""

from __future__ import annotations

from core.governance.refusals import Refusal
from tests.lambdas.faults import Faults


class FakeStandings:
    """`lambdas.settle.ports.Standings`: for which models it was asked."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.kept: list[str] = []

    def keep(self, model: str) -> None:
        self.faults.call("standings.keep", lambda: self.kept.append(model))


class FakeRefusals:
    """`lambdas.settle.ports.Refusals`: what was not forgotten comes again."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.said: list[Refusal] = []

    def waiting(self) -> tuple[Refusal, ...]:
        return self.faults.call("refusals.waiting", lambda: tuple(self.said))

    def forget(self, refusals: tuple[Refusal, ...]) -> None:
        left = [each for each in self.said if each not in refusals]
        self.faults.call("refusals.forget", lambda: setattr(self, "said", left))
