"""Which report decides an episode: that of the windows, or batches, that its alarm looks at."""

from __future__ import annotations

from dataclasses import replace

from core.contracts.alarms import BIAS, QUALITY, Trouble, is_of_batch, of_batch
from core.contracts.policy import ModelPolicy
from core.contracts.reports import BIAS_DRIFT
from core.names import ModelNames
from core.remediation.facts import Evidence, NoEvidence
from lambdas.remediate.ports import Ports


def evidence_about(source: str, policy: ModelPolicy, ports: Ports) -> Evidence | NoEvidence:
    """What the newest report says of what an episode's source, the ARN of an alarm, is about. Raises Unavailable.

    Where labels come late, the report on the window that they are of tells quality; and bias, where the newest window's
    answers show none."""
    names, findings = ports.names(policy.model), ports.findings
    of_batches = is_of_batch(names, source)
    newest = findings.batch_evidence if of_batches else findings.evidence
    judged = findings.late_batch_evidence if of_batches else findings.late_evidence
    waited_s = (policy.batch.labels_s if policy.batch else 0) if of_batches else policy.watch.labels_s
    if waited_s and _is_on(QUALITY, source, names):
        return judged(policy)
    found = newest(policy)
    if waited_s and _is_on(BIAS, source, names) and not _shows_bias(found) and _shows_bias(late := judged(policy)):
        return late
    return found


def _is_on(trouble: Trouble, source: str, names: ModelNames) -> bool:
    return source.rpartition(":alarm:")[2] in (names.alarm(trouble), names.alarm(of_batch(trouble)))


def _shows_bias(found: Evidence | NoEvidence) -> bool:
    return isinstance(found, Evidence) and any(one.check == BIAS_DRIFT for one in found.report.violations)


def policy_about(source: str, policy: ModelPolicy, ports: Ports) -> ModelPolicy:
    """The policy with the length of the windows that the alarm looks at."""
    if policy.batch is None or not is_of_batch(ports.names(policy.model), source):
        return policy
    return replace(policy, watch=replace(policy.watch, period_s=policy.batch.every_s))
