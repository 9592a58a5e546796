"""What the monitors found, and which alarms stand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.remediation.facts import Evidence, NoEvidence
from lambdas.remediate.ports import Standing
from tests.lambdas.faults import Faults

SILENT = NoEvidence("The monitor has not left a report yet.")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeFindings:
    """`lambdas.remediate.ports.Findings`."""

    faults: Faults
    releases: list[Release]
    """Those that were ever in service, the present one last."""
    found: Evidence | NoEvidence = field(default_factory=lambda: SILENT)
    of_batch: Evidence | NoEvidence = field(default_factory=lambda: SILENT)
    of_labels: Evidence | NoEvidence = field(default_factory=lambda: SILENT)

    @property
    def in_service(self) -> Release | None:
        return self.releases[-1] if self.releases else None

    def evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.found)

    def batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.of_batch)

    def late_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.of_labels)

    def late_batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.of_labels)

    def release(self, model: str) -> Release | None:
        return self.faults.call("findings.release", lambda: self.in_service)


@dataclass
class FakeAlarms:
    """`lambdas.remediate.ports.Alarms`."""

    faults: Faults
    raised: list[Standing] = field(default_factory=list)
    changed: dict[str, datetime] = field(default_factory=dict)
    """When alarms were made; those that are not named, long ago."""

    def standing(self) -> tuple[Standing, ...]:
        def effect() -> tuple[Standing, ...]:
            return tuple(replace(alarm, made=self.changed.get(alarm.name, LONG_AGO)) for alarm in self.raised)

        return self.faults.call("alarms.standing", effect)

    def made(self, name: str) -> datetime | None:
        return self.faults.call("alarms.made", lambda: self.changed.get(name, LONG_AGO))
