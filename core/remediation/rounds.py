"""When an alarm that still stands is worth another round after a run has ended."""

from __future__ import annotations

from core.remediation.decisions import Act, Decision
from core.remediation.episode import ROUNDS_MAX
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.outcomes import AGAIN, QUIET
from core.remediation.rows import EpisodeRow


def may_have_another(last: EpisodeRow, evidence: Evidence | NoEvidence) -> bool:
    """The last round is over, and a window that ended after it has been judged."""
    if last.outcome not in AGAIN or last.round >= ROUNDS_MAX or last.decided_at is None:
        return False
    return isinstance(evidence, Evidence) and evidence.end > last.decided_at


def worth_opening(decision: Decision) -> bool:
    """A further round is not opened to say that nothing needs to be done."""
    return isinstance(decision, Act) or decision.outcome not in QUIET
