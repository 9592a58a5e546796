"""Whether an evaluation lets a model be released."""

from __future__ import annotations

import math

from core.contracts.evaluation import Evaluation


def objection(evaluation: Evaluation | None) -> str | None:
    """Why the model may not be released; None where it may: the verdict is BETTER and its numbers are numbers."""
    if evaluation is None:
        return "It has no readable evaluation."
    if evaluation.verdict != "BETTER":
        return f"Its evaluation says {evaluation.verdict}: {evaluation.reason}"
    numbers = (evaluation.challenger, evaluation.low, evaluation.high)
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        return "Its evaluation says BETTER but holds a value that is not a finite number."
    return None
