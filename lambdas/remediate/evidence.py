"""Which report decides an episode: that of the windows, or batches, that its alarm looks at."""

from __future__ import annotations

from dataclasses import replace

from core.contracts.alarms import QUALITY, is_of_batch
from core.contracts.policy import ModelPolicy
from core.remediation.facts import Evidence, NoEvidence
from lambdas.remediate.ports import Ports


def evidence_about(source: str, policy: ModelPolicy, ports: Ports) -> Evidence | NoEvidence:
    """What the newest report says of what an episode's source, the ARN of an alarm, is about. Raises Unavailable."""
    names = ports.names(policy.model)
    if policy.batch is not None and policy.batch.labels_s and is_of_batch(names, source, [QUALITY]):
        return ports.findings.late_batch_evidence(policy)
    if is_of_batch(names, source):
        return ports.findings.batch_evidence(policy)
    if policy.watch.labels_s and source.endswith(f":alarm:{names.alarm(QUALITY)}"):
        return ports.findings.late_evidence(policy)
    return ports.findings.evidence(policy)


def policy_about(source: str, policy: ModelPolicy, ports: Ports) -> ModelPolicy:
    """The policy with the length of the windows that the alarm looks at."""
    if policy.batch is None or not is_of_batch(ports.names(policy.model), source):
        return policy
    return replace(policy, watch=replace(policy.watch, period_s=policy.batch.every_s))
