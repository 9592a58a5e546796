"""The monitor's newest report and the release in service, from S3."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.contracts.reports import LATEST, MonitorReport, labels_prefix
from core.diagnosis import diagnose
from core.names import TeamNames
from core.remediation.facts import Evidence, NoEvidence
from lambdas.objects import Objects


class S3Findings:
    """`lambdas.remediate.ports.Findings` over the reports and the models bucket."""

    def __init__(self, team: TeamNames, reports: Objects, models: Objects) -> None:
        self._team, self._reports, self._models = team, reports, models

    def evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self._evidence(policy, self._team.model(policy.model).report_prefix)

    def batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self._evidence(policy, self._team.model(policy.model).batch_prefix)

    def late_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        names = self._team.model(policy.model)
        return self._judged_again(policy, names.report_prefix, policy.watch.labels_s)

    def late_batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        names = self._team.model(policy.model)
        return self._judged_again(policy, names.batch_prefix, policy.batch.labels_s if policy.batch else 0)

    def _judged_again(self, policy: ModelPolicy, prefix: str, waited_s: int) -> Evidence | NoEvidence:
        found = self._evidence(policy, labels_prefix(prefix))
        return found if isinstance(found, NoEvidence) else replace(found, waited_s=waited_s)

    def _evidence(self, policy: ModelPolicy, prefix: str) -> Evidence | NoEvidence:
        """A report that cannot be read, or is about something else, proves nothing."""
        names = self._team.model(policy.model)
        try:
            text = self._reports.get(f"{prefix}{LATEST}")
            if text is None:
                return NoEvidence("The monitor has not left a report yet.")
            report = MonitorReport.from_json(text)
            if report.endpoint != names.endpoint:
                return NoEvidence(f"The newest report is about {report.endpoint!r}, expected {names.endpoint!r}.")
            datetime.fromisoformat(report.end)
            return Evidence(report, diagnose(report, policy.watch))
        except (ValueError, KeyError, TypeError, AttributeError) as reason:
            return NoEvidence(f"The newest report cannot be read: {type(reason).__name__}: {reason}")

    def release(self, model: str) -> Release | None:
        text = self._models.get(self._team.model(model).release_key)
        return None if text is None else Release.from_json(text)
