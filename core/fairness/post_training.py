"""Clarify's metrics of bias in a model's answers.

With n rows of the advantaged rest a and the facet d, n1 those with a positive label, n'1 those with a positive answer,
n0 and n'0 the negative ones. 0/0 counts as 0, x/0 as infinity, the difference of two infinities as 0. Definitions:
SageMaker guide, "Measure post-training data and model bias"; edge cases as in smclarify
(https://github.com/aws/amazon-sagemaker-clarify), whose values these equal.
"""

from __future__ import annotations

from core.fairness.metric import (
    Undefined,
    answers,
    both,
    cell,
    conditional_disparity,
    difference,
    divide,
    labels,
    named,
    positive_shares,
    sizes,
)
from core.fairness.tally import NO, YES, Facet


def difference_in_positive_answers(facet: Facet) -> float:
    """DPPL = n'a1 / na - n'd1 / nd."""
    qa, qd = positive_shares(facet, answers)
    return qa - qd


def disparate_impact(facet: Facet) -> float:
    """DI = (n'd1 / nd) / (n'a1 / na): 1 is parity."""
    qa, qd = positive_shares(facet, answers)
    return divide(qd, qa)


def conditional_disparity_in_answers(facet: Facet) -> float:
    """CDDPL: as CDDL, with the model's answers."""
    return conditional_disparity(facet, answers)


def conditional_acceptance(facet: Facet) -> float:
    """DCA = na1 / n'a1 - nd1 / n'd1."""
    return difference(*(divide(labels(g)[YES], answers(g)[YES]) for g in both(facet)))


def conditional_rejection(facet: Facet) -> float:
    """DCR = nd0 / n'd0 - na0 / n'a0."""
    return difference(*(divide(labels(g)[NO], answers(g)[NO]) for g in both(facet)[::-1]))


def acceptance_rates(facet: Facet) -> float:
    """DAR = TPa / n'a1 - TPd / n'd1: the difference of precisions."""
    return difference(*(divide(cell(g, YES, YES), answers(g)[YES]) for g in both(facet)))


def rejection_rates(facet: Facet) -> float:
    """DRR = TNd / n'd0 - TNa / n'a0."""
    return difference(*(divide(cell(g, NO, NO), answers(g)[NO]) for g in both(facet)[::-1]))


def recall_difference(facet: Facet) -> float:
    """RD = TPa / na1 - TPd / nd1."""
    return difference(*(divide(cell(g, YES, YES), labels(g)[YES]) for g in both(facet)))


def specificity_difference(facet: Facet) -> float:
    """SD = TNd / nd0 - TNa / na0."""
    return difference(*(divide(cell(g, NO, NO), labels(g)[NO]) for g in both(facet)[::-1]))


def accuracy_difference(facet: Facet) -> float:
    """AD = accuracy of a - accuracy of d."""
    right = (cell(g, YES, YES) + cell(g, NO, NO) for g in both(facet))
    return difference(*(divide(hits, size) for hits, size in zip(right, sizes(facet), strict=True)))


def treatment_equality(facet: Facet) -> float:
    """TE = FNd / FPd - FNa / FPa."""
    return difference(*(divide(cell(g, YES, NO), cell(g, NO, YES)) for g in both(facet)[::-1]))


def generalized_entropy(facet: Facet) -> float:
    """GE = sum ((b / mean b)^2 - 1) / 2n with the benefits b = answer - label + 1 of all rows: 0 is equality."""
    rows = facet.a + facet.d
    benefits = {0: cell(rows, YES, NO), 1: cell(rows, YES, YES) + cell(rows, NO, NO), 2: cell(rows, NO, YES)}
    total = sum(benefits.values())
    mean = divide(sum(benefit * count for benefit, count in benefits.items()), total)
    if not mean:
        raise Undefined("every answer is a false negative, or there are no rows")
    return sum(((benefit / mean) ** 2 - 1) * count for benefit, count in benefits.items()) / (2 * total)


POST_TRAINING = named(
    ("AD", "Accuracy Difference", accuracy_difference),
    ("CDDPL", "Conditional Demographic Disparity in Predicted Labels", conditional_disparity_in_answers),
    ("DAR", "Difference in Acceptance Rates", acceptance_rates),
    ("DCA", "Difference in Conditional Acceptance", conditional_acceptance),
    ("DCR", "Difference in Conditional Rejection", conditional_rejection),
    ("DI", "Disparate Impact", disparate_impact),
    ("DPPL", "Difference in Positive Proportions in Predicted Labels", difference_in_positive_answers),
    ("DRR", "Difference in Rejection Rates", rejection_rates),
    ("GE", "Generalized Entropy", generalized_entropy),
    ("RD", "Recall Difference", recall_difference),
    ("SD", "Specificity Difference", specificity_difference),
    ("TE", "Treatment Equality", treatment_equality),
)
"""By name. The flip test (FT) needs the rows themselves: `core.fairness.flip_test`."""
ANSWERS_ALONE = frozenset({"CDDPL", "DI", "DPPL"})
"""Of POST_TRAINING: what needs no labels."""

PARITY = {"DI": 1.0}
"""What a metric is where there is no bias; 0 for all others."""
