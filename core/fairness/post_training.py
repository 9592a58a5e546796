"""Clarify's metrics of bias in a model's answers.

With n rows of the advantaged rest a and the facet d, n1 those with a positive label, n'1 those with a positive answer,
n0 and n'0 the negative ones. 0/0 counts as 0, x/0 as infinity, the difference of two infinities as 0. Definitions:
SageMaker guide, "Measure post-training data and model bias"; edge cases as in smclarify
(https://github.com/aws/amazon-sagemaker-clarify), whose values these equal. Each is computed of many facets at once.
"""

from __future__ import annotations

import numpy as np

from core.fairness.metric import (
    BiasMetric,
    Floats,
    Need,
    both_answers,
    conditional_disparity,
    difference,
    divide,
    fewer,
    metric,
    named,
    of_group,
    overall,
)
from core.fairness.tally import ANSWER, NO, YES, Counts, Facet, Side


def difference_in_positive_answers(facet: Facet) -> Floats:
    """DPPL = n'a1 / na - n'd1 / nd."""
    return np.asarray(_accepted(facet.rest) - _accepted(facet.own))


def disparate_impact(facet: Facet) -> Floats:
    """DI = (n'd1 / nd) / (n'a1 / na): 1 is parity."""
    return divide(_accepted(facet.own), _accepted(facet.rest))


def conditional_disparity_in_answers(facet: Facet) -> Floats:
    """CDDPL: as CDDL, with the model's answers."""
    return conditional_disparity(facet, ANSWER)


def conditional_acceptance(facet: Facet) -> Floats:
    """DCA = na1 / n'a1 - nd1 / n'd1."""
    a, d = (divide(side.labels[YES], side.answers[YES]) for side in (facet.rest, facet.own))
    return difference(a, d)


def conditional_rejection(facet: Facet) -> Floats:
    """DCR = nd0 / n'd0 - na0 / n'a0."""
    a, d = (divide(side.labels[NO], side.answers[NO]) for side in (facet.rest, facet.own))
    return difference(d, a)


def acceptance_rates(facet: Facet) -> Floats:
    """DAR = TPa / n'a1 - TPd / n'd1: the difference of precisions."""
    a, d = (divide(side.cells[YES, YES], side.answers[YES]) for side in (facet.rest, facet.own))
    return difference(a, d)


def rejection_rates(facet: Facet) -> Floats:
    """DRR = TNd / n'd0 - TNa / n'a0."""
    a, d = (divide(side.cells[NO, NO], side.answers[NO]) for side in (facet.rest, facet.own))
    return difference(d, a)


def recall_difference(facet: Facet) -> Floats:
    """RD = TPa / na1 - TPd / nd1."""
    a, d = (divide(side.cells[YES, YES], side.labels[YES]) for side in (facet.rest, facet.own))
    return difference(a, d)


def specificity_difference(facet: Facet) -> Floats:
    """SD = TNd / nd0 - TNa / na0."""
    a, d = (divide(side.cells[NO, NO], side.labels[NO]) for side in (facet.rest, facet.own))
    return difference(d, a)


def accuracy_difference(facet: Facet) -> Floats:
    """AD = accuracy of a - accuracy of d."""
    a, d = (divide(_right(side), side.rows) for side in (facet.rest, facet.own))
    return difference(a, d)


def treatment_equality(facet: Facet) -> Floats:
    """TE = FNd / FPd - FNa / FPa."""
    a, d = (divide(side.cells[YES, NO], side.cells[NO, YES]) for side in (facet.rest, facet.own))
    return difference(d, a)


def generalized_entropy(facet: Facet) -> Floats:
    """GE = sum ((b / mean b)^2 - 1) / 2n with the benefits b = answer - label + 1 of all rows: 0 is equality."""
    lost, kept, given = _benefits(facet)
    rows = lost + kept + given
    mean = (kept + 2 * given) / rows
    spread = -lost + ((1 / mean) ** 2 - 1) * kept + ((2 / mean) ** 2 - 1) * given
    return np.asarray(spread / (2 * rows))


def _benefits(facet: Facet) -> tuple[Counts, Counts, Counts]:
    """Rows whose benefit is 0 (false negatives), 1 and 2 (false positives)."""
    a, d = facet.rest, facet.own
    return a.cells[YES, NO] + d.cells[YES, NO], _right(a) + _right(d), a.cells[NO, YES] + d.cells[NO, YES]


def _any_benefit(facet: Facet) -> np.ndarray:
    _, kept, given = _benefits(facet)
    return np.asarray(kept + given > 0)


def _accepted(side: Side) -> Floats:
    """Share of the rows with a positive answer."""
    return np.asarray(side.answers[YES] / side.rows)


def _right(side: Side) -> Counts:
    """Rows whose answer is their label."""
    return np.asarray(side.cells[YES, YES] + side.cells[NO, NO])


_POSITIVE_ANSWERS = fewer(lambda side: side.answers[YES])
_NEGATIVE_ANSWERS = fewer(lambda side: side.answers[NO])
POST_TRAINING = named(
    metric("AD", "Accuracy Difference", accuracy_difference),
    metric(
        "CDDPL",
        "Conditional Demographic Disparity in Predicted Labels",
        conditional_disparity_in_answers,
        *both_answers(),
        divides=overall(lambda side: side.answers[NO], lambda side: side.answers[YES]),
    ),
    metric("DAR", "Difference in Acceptance Rates", acceptance_rates, divides=_POSITIVE_ANSWERS),
    metric("DCA", "Difference in Conditional Acceptance", conditional_acceptance, divides=_POSITIVE_ANSWERS),
    metric("DCR", "Difference in Conditional Rejection", conditional_rejection, divides=_NEGATIVE_ANSWERS),
    metric("DI", "Disparate Impact", disparate_impact, divides=lambda facet: facet.rest.answers[YES]),
    metric("DPPL", "Difference in Positive Proportions in Predicted Labels", difference_in_positive_answers),
    metric("DRR", "Difference in Rejection Rates", rejection_rates, divides=_NEGATIVE_ANSWERS),
    BiasMetric(
        "GE",
        "Generalized Entropy (GE)",
        generalized_entropy,
        (Need(_any_benefit, "every answer is a false negative, or there are no rows"),),
        of_group,
        of_group,
    ),
    metric("RD", "Recall Difference", recall_difference, divides=fewer(lambda side: side.labels[YES])),
    metric("SD", "Specificity Difference", specificity_difference, divides=fewer(lambda side: side.labels[NO])),
    metric("TE", "Treatment Equality", treatment_equality, divides=fewer(lambda side: side.cells[NO, YES])),
)
"""By name. The flip test (FT) needs the rows themselves: `core.fairness.flip_test`."""
ANSWERS_ALONE = frozenset({"CDDPL", "DI", "DPPL"})
"""Of POST_TRAINING: what needs no labels."""
BY_ANSWERS = ANSWERS_ALONE | {"FT"}
"""Of all metrics."""
STRATIFIED = frozenset({"CDDL", "CDDPL"})
"""What is summed over the groups of another feature."""

PARITY = {"DI": 1.0}
"""What a metric is where there is no bias; 0 for all others."""
