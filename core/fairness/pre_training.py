"""Clarify's metrics of bias in a data set: they need labels only.

With n rows of the advantaged rest a and the facet d, n1 those with a positive label. Definitions: SageMaker guide,
"Measure pre-training bias"; edge cases as in smclarify (https://github.com/aws/amazon-sagemaker-clarify), whose
values these equal. Each is computed of many facets at once: [...] is what stands before the strata of their counts.
"""

from __future__ import annotations

import numpy as np

from core.fairness.metric import (
    COMMON_LABEL,
    Floats,
    both_labels,
    common_labels,
    conditional_disparity,
    divergence,
    fewer,
    metric,
    named,
    of_group,
    overall,
)
from core.fairness.tally import LABEL, NO, YES, Facet


def class_imbalance(facet: Facet) -> Floats:
    """CI = (na - nd) / (na + nd): 1 where the facet is absent, -1 where it is all."""
    a, d = facet.rest.rows, facet.own.rows
    return np.asarray((a - d) / (a + d))


def difference_in_positive_labels(facet: Facet) -> Floats:
    """DPL = na1 / na - nd1 / nd, from 1 (only the rest gets positive labels) to -1."""
    return np.asarray(facet.rest.labels[YES] / facet.rest.rows - facet.own.labels[YES] / facet.own.rows)


def kullback_leibler(facet: Facet) -> Floats:
    """KL = sum Pa ln(Pa / Pd) over the labels that both have; negative where one of them lacks a label."""
    return divergence(*common_labels(facet))


def jensen_shannon(facet: Facet) -> Floats:
    """JS = (KL(Pa, P) + KL(Pd, P)) / 2 with P = (Pa + Pd) / 2, in nats, over the labels that both have."""
    pa, pd = common_labels(facet)
    middle = (pa + pd) / 2
    return (divergence(pa, middle) + divergence(pd, middle)) / 2


def euclidean(facet: Facet) -> Floats:
    """LP = sqrt(sum (Pa - Pd)^2) over the labels that both have."""
    pa, pd = common_labels(facet)
    return np.asarray(np.sqrt(((pa - pd) ** 2).sum(axis=0)))


def total_variation(facet: Facet) -> Floats:
    """TVD = sum |Pa - Pd| / 2 over the labels that both have."""
    pa, pd = common_labels(facet)
    return np.asarray(np.abs(pa - pd).sum(axis=0) / 2)


def kolmogorov_smirnov(facet: Facet) -> Floats:
    """KS = max |Pa - Pd| over the labels that both have."""
    pa, pd = common_labels(facet)
    return np.asarray(np.abs(pa - pd).max(axis=0))


def conditional_disparity_in_labels(facet: Facet) -> Floats:
    """CDDL = sum over strata of n_i DD_i / n; DD_i is the facet's share of the rejected less that of the accepted."""
    return conditional_disparity(facet, LABEL)


PRE_TRAINING = named(
    metric(
        "CDDL",
        "Conditional Demographic Disparity in Labels",
        conditional_disparity_in_labels,
        *both_labels(),
        divides=overall(lambda side: side.labels[NO], lambda side: side.labels[YES]),
    ),
    metric("CI", "Class Imbalance", class_imbalance, compares=of_group),
    metric("DPL", "Difference in Positive Proportions in Labels", difference_in_positive_labels),
    metric("JS", "Jensen-Shannon Divergence", jensen_shannon, COMMON_LABEL),
    metric(
        "KL",
        "Kullback-Liebler Divergence",
        kullback_leibler,
        COMMON_LABEL,
        divides=fewer(lambda side: np.minimum(side.labels[NO], side.labels[YES])),
    ),
    metric("KS", "Kolmogorov-Smirnov Distance", kolmogorov_smirnov, COMMON_LABEL),
    metric("LP", "L-p Norm", euclidean, COMMON_LABEL),
    metric("TVD", "Total Variation Distance", total_variation, COMMON_LABEL),
)
"""By name; all need labels only. The descriptions are Clarify's."""
