"""Clarify's metrics of bias in a data set: they need labels only.

With n rows of the advantaged rest a and the facet d, n1 those with a positive label. Definitions: SageMaker guide,
"Measure pre-training bias"; edge cases as in smclarify (https://github.com/aws/amazon-sagemaker-clarify), whose
values these equal.
"""

from __future__ import annotations

import numpy as np

from core.fairness.metric import common_labels, conditional_disparity, labels, named, positive_shares, sizes
from core.fairness.tally import Facet


def class_imbalance(facet: Facet) -> float:
    """CI = (na - nd) / (na + nd): 1 where the facet is absent, -1 where it is all."""
    a, d = sizes(facet)
    return (a - d) / (a + d)


def difference_in_positive_labels(facet: Facet) -> float:
    """DPL = na1 / na - nd1 / nd, from 1 (only the rest gets positive labels) to -1."""
    qa, qd = positive_shares(facet, labels)
    return qa - qd


def kullback_leibler(facet: Facet) -> float:
    """KL = sum Pa ln(Pa / Pd) over the labels that both have; negative where one of them lacks a label."""
    pa, pd = common_labels(facet)
    return float((pa * np.log(pa / pd)).sum())


def jensen_shannon(facet: Facet) -> float:
    """JS = (KL(Pa, P) + KL(Pd, P)) / 2 with P = (Pa + Pd) / 2, in nats, over the labels that both have."""
    pa, pd = common_labels(facet)
    middle = (pa + pd) / 2
    return float(((pa * np.log(pa / middle)).sum() + (pd * np.log(pd / middle)).sum()) / 2)


def euclidean(facet: Facet) -> float:
    """LP = sqrt(sum (Pa - Pd)^2) over the labels that both have."""
    pa, pd = common_labels(facet)
    return float(np.sqrt(((pa - pd) ** 2).sum()))


def total_variation(facet: Facet) -> float:
    """TVD = sum |Pa - Pd| / 2 over the labels that both have."""
    pa, pd = common_labels(facet)
    return float(np.abs(pa - pd).sum() / 2)


def kolmogorov_smirnov(facet: Facet) -> float:
    """KS = max |Pa - Pd| over the labels that both have."""
    pa, pd = common_labels(facet)
    return float(np.abs(pa - pd).max())


def conditional_disparity_in_labels(facet: Facet) -> float:
    """CDDL = sum over strata of n_i DD_i / n; DD_i is the facet's share of the rejected less that of the accepted."""
    return conditional_disparity(facet, labels)


PRE_TRAINING = named(
    ("CDDL", "Conditional Demographic Disparity in Labels", conditional_disparity_in_labels),
    ("CI", "Class Imbalance", class_imbalance),
    ("DPL", "Difference in Positive Proportions in Labels", difference_in_positive_labels),
    ("JS", "Jensen-Shannon Divergence", jensen_shannon),
    ("KL", "Kullback-Liebler Divergence", kullback_leibler),
    ("KS", "Kolmogorov-Smirnov Distance", kolmogorov_smirnov),
    ("LP", "L-p Norm", euclidean),
    ("TVD", "Total Variation Distance", total_variation),
)
"""By name; all need labels only. The descriptions are Clarify's."""
