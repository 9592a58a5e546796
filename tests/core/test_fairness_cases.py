"""Clarify's and Fairlearn's own published numbers, reproduced at their own tolerance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.fairness import fairlearn
from core.fairness.flip_test import flip_test
from core.fairness.post_training import POST_TRAINING
from core.fairness.pre_training import PRE_TRAINING
from core.fairness.tally import NO, UNKNOWN, YES, Facet, Tally, intersection

CASES = json.loads((Path(__file__).parent / "cases" / "fairness.json").read_text(encoding="utf-8"))["cases"]
METRICS = {**PRE_TRAINING, **POST_TRAINING}
OF_OTHERS = {"aws-ks"}
"""Distances between any number of labels; their cases are among those of the distances."""


def _facet(group: Sequence[Any], label: Sequence[int], answer: Sequence[int], stratum: Sequence[int] | None) -> Facet:
    strata = 1 + max(stratum) if stratum else 1
    return Tally.of(np.array(group, int), label, answer, groups=2, stratum=stratum, strata=strata).facet([1])


def _of_rows(case: dict[str, Any]) -> Facet:
    given = case["input"]
    column = given.get("x", given["facet"])
    chosen = given["facet"]
    if isinstance(chosen, list):
        group = chosen
    elif chosen in ("x>1", "x<1"):
        group = [value > 1 if chosen == "x>1" else value < 1 for value in column]
    else:
        group = [value == chosen for value in column]
    labels = given.get("label", given.get("y", given.get("positive_label", [UNKNOWN] * len(column))))
    answers = given.get("predicted", given.get("yhat", [UNKNOWN] * len(column)))
    strata = given.get("group", given.get("z"))
    return _facet(group, np.array(labels, int), np.array(answers, int), strata)


def _confusion(cells: dict[str, int]) -> Any:
    counts = np.zeros((1, 3, 3), int)
    for name, place in {"TP": (YES, YES), "FP": (NO, YES), "FN": (YES, NO), "TN": (NO, NO)}.items():
        counts[(0, *place)] = cells.get(name, 0)
    return counts


def _of_counts(given: dict[str, Any]) -> Facet:
    """The guide's examples give counts or shares rather than rows."""
    if "a" in given:
        return Facet(_confusion(given["a"]), _confusion(given["d"]))
    sides = []
    for side in "ad":
        counts = np.zeros((1, 3, 3), int)
        if f"obs_neg_{side}" in given:  # the label and the answer of other rows each
            counts[0, NO, UNKNOWN], counts[0, UNKNOWN, NO] = given[f"obs_neg_{side}"], given[f"pred_neg_{side}"]
        elif f"P{side}" in given:
            counts[0, [NO, YES], UNKNOWN] = np.round(np.array(given[f"P{side}"]) * 100)
        elif f"q{side}" in given:
            counts[0, UNKNOWN, [YES, NO]] = round(given[f"q{side}"] * 100), round((1 - given[f"q{side}"]) * 100)
        elif f"predpos_{side}" in given:
            hits = given[f"TP_{side}"]
            counts[0, YES, YES], counts[0, NO, YES] = hits, given[f"predpos_{side}"] - hits
        elif f"predneg_{side}" in given:
            hits = given[f"TN_{side}"]
            counts[0, NO, NO], counts[0, YES, NO] = hits, given[f"predneg_{side}"] - hits
        else:
            counts[0, YES, NO], counts[0, NO, YES] = given[f"FN_{side}"], given[f"FP_{side}"]
        sides.append(counts)
    return Facet(*sides)


def _fairlearn_tally(given: dict[str, Any]) -> tuple[Tally, list[str]]:
    groups = sorted(set(given["sensitive"]))
    codes = np.array([groups.index(value) for value in given["sensitive"]])
    if "sensitive2" in given:
        others = sorted(set(given["sensitive2"]))
        second = np.array([others.index(value) for value in given["sensitive2"]])
        codes = intersection([codes, second], [len(groups), len(others)])
        groups = [f"{first}|{other}" for first in groups for other in others]
    return Tally.of(codes, given["y_true"], given["y_pred"], groups=len(groups)), groups


RATE = {"fpr": "false_positive_rate", "tpr": "true_positive_rate", "sel": "selection_rate"}


def _fairlearn(case: dict[str, Any]) -> Any:
    given, kind = case["input"], case["function"]
    if kind.startswith("mean_prediction"):
        return fairlearn.mean_prediction(given["y_pred"], given["weight"])
    if kind.startswith("selection_rate"):
        positive = np.array([value in (1, "b") for value in given["y_pred"]], int)
        zeros = np.zeros(len(positive), int)
        tally = Tally.of(zeros, zeros, positive, groups=1, weight=given.get("weight"))
        return fairlearn.spread(tally, "selection_rate").overall
    tally, groups = _fairlearn_tally(given)
    if kind == "count":
        return tally.rows
    if "intersection" in kind:
        at = groups.index(given["group"])
        rates = [fairlearn.spread(tally, rate).by_group[at] for rate in ("precision", "true_positive_rate")]
        return [*rates, int(tally.counts[:, at].sum())]
    spread = fairlearn.spread(tally, RATE[given.get("metric", kind)])
    if "difference" in kind:
        return spread.difference()
    if "ratio" in kind:
        return spread.ratio("to_overall" if "overall" in kind else "between_groups")
    return dict(zip(groups, spread.by_group, strict=True)) if case["id"].startswith("fl-bygroup") else spread.overall


def _clarify(case: dict[str, Any]) -> Any:
    given, name = case["input"], case["function"].split(" ")[0]
    if name == "fliptest":
        rows = np.array(given["X"], float)
        return flip_test(rows, rows[:, 0] == 1, np.array(given["predicted"], bool))
    facet = _of_rows(case) if "facet" in given else _of_counts(given)
    if name == "confusion":
        size = facet.d.sum()
        return [facet.d[0, label, answer] / size for label, answer in ((1, 1), (0, 1), (1, 0), (0, 0))]
    return METRICS[{"cdd": "CDDL", "kl": "KL"}.get(name, name)].of(facet)


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] not in OF_OTHERS], ids=lambda case: case["id"])
def test_published_numbers_are_met(case: dict[str, Any]) -> None:
    found = _fairlearn(case) if case["id"].startswith("fl-") else _clarify(case)
    assert found == pytest.approx(case["expected"], abs=case["tolerance"], rel=0)
