"""All features together: can a classifier tell the window's rows from the training set's?"""

from __future__ import annotations

import numpy as np

from containers.boosting import xgboost
from core.contracts.reports import Multivariate
from core.statistics.baseline import Baseline
from core.statistics.distances import Floats
from core.statistics.intervals import hanley_mcneil
from core.statistics.quality import auc
from core.statistics.wholes import complete

FOLDS = 3
ROUNDS = 20
SETTINGS = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3, "nthread": 1, "seed": 0, "subsample": 0.8}


def tell_apart(before: Floats, now: Floats, least: int) -> Multivariate | None:
    """Area under the ROC curve of a domain classifier, on rows that it was not trained on; None below `least` rows.

    It sees what no single feature shows: columns that moved together, a correlation that went away. 0.5 where both are
    alike; the interval is that of two samples of this size. Folds and seed are fixed: the same rows, the same answer.

    Source: Lopez-Paz & Oquab, Revisiting classifier two-sample tests (arXiv 1610.06545).
    """
    if min(len(before), len(now)) < max(least, FOLDS):
        return None
    rows, is_now = np.concatenate((before, now)), np.repeat([False, True], [len(before), len(now)])
    folds = np.random.default_rng(0).permutation(len(rows)) % FOLDS
    scores = np.empty(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        matrix = xgboost().DMatrix(rows[~held], is_now[~held], missing=np.nan)
        told = xgboost().train(SETTINGS, matrix, ROUNDS)
        scores[held] = told.inplace_predict(rows[held], missing=np.nan, validate_features=False)
    value = auc(is_now, scores)
    return Multivariate(value, *hanley_mcneil(value, len(now), len(before)))


def tell_vectors_apart(baseline: Baseline, now: Floats, least: int) -> dict[str, Multivariate | None]:
    """The same of each embedding alone, by its name: of the rows in which no number of the vector is missing."""
    columns = [feature.name for feature in baseline.features]
    found = {}
    for whole in baseline.wholes:
        if whole.kind == "embedding":
            own = slice(columns.index(whole.columns[0]), columns.index(whole.columns[-1]) + 1)
            found[whole.name] = tell_apart(complete(baseline.sample[:, own]), complete(now[:, own]), least)
    return found
