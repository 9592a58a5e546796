"""Is the new model better than the one in service? Only where the data leave no reasonable doubt.

The rule: BETTER where the whole 95 % interval of challenger minus champion lies above 0, WORSE where it lies below,
else INCONCLUSIVE. Why not less: nothing is lost by a release that waits for more rows (the next window brings them),
while a challenger that is "not clearly worse" would be released every second time by mere chance, and every release
has a cost and a risk. A champion that drift has made bad loses by a wide margin on recent rows, which few rows show:
0.25 of accuracy on about 45 of them, 0.15 on about 90. With the usual limit of three attempts, a challenger that is
no better is released by chance in at most 3 x 2.5 % of all episodes.

The rows are chosen by the alarm, on which the champion may have been bad by bad luck; since a row goes to the test
set by its content alone, that luck is shared by training and test rows and does not favour the challenger's answers,
only handicaps the champion's. An alarm needs several windows, which keeps that handicap small.

This file is of two classes; `contest` holds the others to the same rule.

Where nothing is in service, the best answer that needs no model takes the champion's place (see `no_model`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from core.contracts.evaluation import Evaluation
from core.gates.conclusion import CHAMPION, LEAST_ROWS, NO_MODEL, reason_of, verdict_of
from core.statistics.paired import CONFIDENCE, Answers, difference
from core.statistics.quality import Flags, quality

LEAST_OF_A_LABEL = 5
"""Below it no interval of the ones used here keeps its promise; see also `LEAST_ROWS`."""


def judge(
    metric: str,
    labels: Flags,
    challenger: Answers,
    champion: Answers | None,
    groups: Mapping[str, Flags],
) -> Evaluation:
    """Compare on the same rows. `champion` is None where nothing is in service; `groups` are masks over the rows.

    Raises ValueError for an unknown metric.
    """
    doubt = _doubt(labels, challenger, champion)
    if doubt:
        return undecided(doubt, metric, labels, challenger, groups)
    other = champion or no_model(metric, labels, challenger)
    found = difference(metric, labels, challenger, other)
    metrics = quality(labels, challenger.predicted, challenger.scores)
    rival = quality(labels, other.predicted, other.scores)[metric]
    return Evaluation(
        verdict=verdict_of(found),
        reason=reason_of(metric, metrics[metric], rival, CHAMPION if champion else NO_MODEL, found, len(labels)),
        rows=len(labels),
        metric=metric,
        challenger=metrics[metric],
        champion=rival if champion else None,
        low=found.low,
        high=found.high,
        confidence=CONFIDENCE,
        metrics=metrics,
        groups=_by_group(labels, challenger, groups),
    )


def undecided(why: str, metric: str, labels: Flags, challenger: Answers, groups: Mapping[str, Flags]) -> Evaluation:
    """INCONCLUSIVE without a comparison: the difference may be anything from -1 to 1."""
    sound = not np.isnan(challenger.scores).any()
    metrics = quality(labels, challenger.predicted, challenger.scores) if sound else {}
    return Evaluation(
        verdict="INCONCLUSIVE",
        reason=why,
        rows=len(labels),
        metric=metric,
        challenger=metrics.get(metric, 0.0),
        champion=None,
        low=-1.0,
        high=1.0,
        confidence=CONFIDENCE,
        metrics=metrics,
        groups=_by_group(labels, challenger, groups) if sound else {},
    )


def no_model(metric: str, labels: Flags, challenger: Answers) -> Answers:
    """The best answers that need no model, as rows of answers.

    - accuracy: always the more frequent label. Chosen on the test rows themselves, which favours it a little.
    - auc: no order at all, 0.5.
    - f1 and precision: always 1.
    - recall: always 1 would be perfect, so it is 1 as often as the challenger says 1, in an order that knows nothing
      of the rows: evenly spread over the rows of each label.
    """
    n = len(labels)
    if metric == "accuracy":
        predicted = np.full(n, 2 * np.count_nonzero(labels) >= n)
    elif metric == "recall":
        predicted = _spread(labels, float(np.mean(challenger.predicted)))
    else:
        predicted = np.ones(n, bool)
    return Answers(predicted, np.full(n, 0.5))


def _spread(labels: Flags, share: float) -> Flags:
    """Among the rows of each label, evenly, `share` of them."""
    predicted = np.zeros(len(labels), bool)
    for rows in (np.flatnonzero(labels), np.flatnonzero(~labels)):
        chosen = np.floor(share * np.arange(1, len(rows) + 1)) > np.floor(share * np.arange(len(rows)))
        predicted[rows[chosen]] = True
    return predicted


def _doubt(labels: Flags, challenger: Answers, champion: Answers | None) -> str | None:
    """Why nothing can be said at all."""
    for name, answers in (("challenger", challenger), ("champion", champion)):
        if answers and (unknown := int(np.count_nonzero(np.isnan(answers.scores)))):
            return f"the {name} gives no probability for {unknown} of {len(labels)} test rows"
    ones = int(np.count_nonzero(labels))
    if len(labels) < LEAST_ROWS:
        return f"the test set has {len(labels)} rows; at least {LEAST_ROWS} are needed"
    if min(ones, len(labels) - ones) < LEAST_OF_A_LABEL:
        return f"{ones} of {len(labels)} test rows have the label 1; at least {LEAST_OF_A_LABEL} of each are needed"
    return None


def _by_group(labels: Flags, challenger: Answers, groups: Mapping[str, Flags]) -> dict[str, dict[str, float]]:
    return {
        name: {"rows": float(np.count_nonzero(mask)), **measured}
        for name, mask in groups.items()
        if (measured := quality(labels[mask], challenger.predicted[mask], challenger.scores[mask]))
        and not any(map(math.isnan, measured.values()))
    }
