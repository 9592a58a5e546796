"""What an interval proves, in a word and in a sentence."""

from __future__ import annotations

from core.contracts.evaluation import Verdict
from core.statistics.paired import CONFIDENCE, Difference

LEAST_ROWS = 30
"""Below it no interval of the ones used here keeps its promise."""
CHAMPION, NO_MODEL = "champion", "best answer without a model"

MEANING: dict[Verdict, str] = {
    "BETTER": "better",
    "WORSE": "worse",
    "INCONCLUSIVE": "the interval holds 0, so these rows do not tell which is better",
}


def verdict_of(found: Difference) -> Verdict:
    """A comparison with NaN is false, so NaN is never BETTER or WORSE."""
    if found.low > 0 and found.point > 0:
        return "BETTER"
    if found.high < 0 and found.point < 0:
        return "WORSE"
    return "INCONCLUSIVE"


def reason_of(metric: str, value: float, rival: float, rivals: str, found: Difference, rows: int) -> str:
    """`found` is how much better the challenger is; `rivals` names what it is compared with."""
    interval = f"{CONFIDENCE:.0%} interval {found.low:+.3f} to {found.high:+.3f}"
    compared = f"{metric} {value:.3f} against {rival:.3f} of the {rivals}, {found.point:+.3f} ({interval})"
    return f"{compared} on {rows} rows: {MEANING[verdict_of(found)]}"
