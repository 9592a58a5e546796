"""Intersections of sensitive features: their groups, and what is told of them, by hand and by plain counting."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.fairness.assessment import assess
from core.fairness.fairlearn import DISPARITIES, RATES, disparities, spread
from core.fairness.groupings import Grouping, groupings
from core.fairness.tally import NO, UNKNOWN, YES, Tally, intersection
from core.statistics.crossing import MOST, Crossing
from core.statistics.groups import MISSING, OTHER, Groups

SEX, REGION = Groups(("1", "2", OTHER, MISSING)), Groups(("north", "south", OTHER, MISSING))
COLUMNS = arrays(np.int64, st.tuples(st.integers(1, 80), st.just(4)), elements=st.integers(0, 3))
BOTH = ("sex", "region")


def told(rows: np.ndarray) -> tuple[Grouping, dict[str, np.ndarray]]:
    """The intersection as the training set `rows` makes it: columns sex and region."""
    codes = {"sex": rows[:, 0], "region": rows[:, 1]}
    crossing = Crossing.of(BOTH, [codes[name] for name in BOTH], [4, 4])
    *_, both = groupings({"sex": SEX, "region": REGION}, [crossing])
    return both, codes


def answered(rows: np.ndarray) -> Tally:
    both, codes = told(rows)
    return Tally.of(both.codes(codes), rows[:, 2] % 2, rows[:, 3] % 2, groups=len(both.groups))


def test_women_of_the_south_are_a_group_that_neither_women_nor_the_south_show() -> None:
    """Sex 1 and 2 are accepted alike, so are north and south; but those who are 2 and of the south never are."""
    counts = {("1", "north"): (5, 10), ("1", "south"): (10, 10), ("2", "north"): (10, 10), ("2", "south"): (0, 5)}
    sexes, regions, answers = [], [], []
    for (sex, region), (accepted, people) in counts.items():
        sexes += [SEX.names.index(sex)] * people
        regions += [REGION.names.index(region)] * people
        answers += [YES] * accepted + [NO] * (people - accepted)
    rows = np.column_stack((sexes, regions, answers, answers))
    both, codes = told(rows)
    assert (both.name, both.groups[:4]) == ("sex x region", ("1 x north", "1 x south", "2 x north", "2 x south"))
    labels = np.full(len(rows), UNKNOWN)
    tally = Tally.of(both.codes(codes), labels, np.array(answers), groups=len(both.groups))
    found = {group.group: {one.name: one.value for one in group.post_training} for group in assess(tally, both.groups)}
    assert found["2 x south"]["DPPL"] == pytest.approx(25 / 30 - 0 / 5)
    assert found["1 x north"]["DI"] == pytest.approx((5 / 10) / (20 / 25))
    parity = disparities(tally)["demographic_parity_difference"]
    assert parity == {"between_groups": 1.0, "to_overall": pytest.approx(25 / 35)}
    alone = Tally.of(rows[:, 0], labels, np.array(answers), groups=4)
    assert DISPARITIES["demographic_parity_difference"].of(alone) == pytest.approx(15 / 20 - 10 / 15)


@given(COLUMNS)
def test_every_row_is_in_the_group_that_its_values_say(rows: np.ndarray) -> None:
    both, codes = told(rows)
    for sex, region, code in zip(*codes.values(), both.codes(codes).tolist(), strict=True):
        missing = MISSING in (SEX.names[sex], REGION.names[region])
        assert both.groups[code] == (MISSING if missing else f"{SEX.names[sex]} x {REGION.names[region]}")


@given(COLUMNS, st.integers(0, 99))
def test_the_order_of_rows_and_of_the_features_changes_no_number(rows: np.ndarray, seed: int) -> None:
    assert (answered(np.random.default_rng(seed).permutation(rows)).counts == answered(rows).counts).all()
    turned = answered(rows[:, [1, 0, 2, 3]])
    assert disparities(turned) == disparities(answered(rows))


@given(COLUMNS)
def test_rates_are_those_of_the_rows_and_disparities_their_spread(rows: np.ndarray) -> None:
    both, codes = told(rows)
    group, label, answer = both.codes(codes), rows[:, 2] % 2 == 1, rows[:, 3] % 2 == 1
    among = {
        "accuracy": (label == answer, group >= 0),
        "selection_rate": (answer, group >= 0),
        "true_positive_rate": (answer, label),
        "false_positive_rate": (answer, ~label),
        "true_negative_rate": (~answer, ~label),
        "false_negative_rate": (~answer, label),
        "precision": (label, answer),
    }
    assert set(among) == set(RATES)
    tally = answered(rows)
    there = [code for code in range(len(both.groups)) if (group == code).any()]
    for rate, (hit, of) in among.items():
        wanted = [np.mean(hit[of & (group == code)]) if (of & (group == code)).any() else 0.0 for code in there]
        found = spread(tally, rate)
        assert [found.by_group[code] for code in there] == pytest.approx(wanted)
        assert found.difference() == pytest.approx(max(wanted) - min(wanted))
        assert found.difference("to_overall") == pytest.approx(max(abs(one - found.overall) for one in wanted))
        if max(wanted) > 0:
            assert found.ratio() == pytest.approx(min(wanted) / max(wanted))
    odds = [spread(tally, rate) for rate in ("true_positive_rate", "false_positive_rate")]
    told_odds = disparities(tally)["equalized_odds_difference"]
    assert told_odds["between_groups"] == pytest.approx(max(one.difference() for one in odds))
    assert told_odds["to_overall"] == pytest.approx(max(one.difference("to_overall") for one in odds))


CASES = json.loads((Path(__file__).parent / "cases" / "fairlearn_intersections.json").read_text(encoding="utf-8"))[
    "cases"
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{len(case['y'])} rows")
def test_the_numbers_of_two_features_at_once_are_fairlearn_s_own(case: dict[str, Any]) -> None:
    codes = intersection([np.array(case["a"]), np.array(case["b"])], [2, 3])
    tally = Tally.of(codes, case["y"], case["p"], groups=6)
    found = disparities(tally)
    for name in DISPARITIES:
        for method, value in case[name].items():
            assert found[name][method] == pytest.approx(value, abs=1e-12), (name, method)
    for at, rate in enumerate(("selection_rate", "true_positive_rate", "false_positive_rate")):
        for group, line in case["frame"].items():
            a, b = map(int, group.split(","))
            assert spread(tally, rate).by_group[3 * a + b] == pytest.approx(line[at], abs=1e-12), (rate, group)


def test_a_thin_group_makes_no_disparity_and_nobody_s_labels_none() -> None:
    group = np.array([0] * 10 + [1] * 10 + [2])
    answer = np.array([YES, NO] * 5 + [YES, NO] * 5 + [NO])
    tally = Tally.of(group, np.full(21, UNKNOWN), answer, groups=3)
    assert disparities(tally)["demographic_parity_difference"]["between_groups"] == 0.5
    assert disparities(tally, least=5)["demographic_parity_difference"]["between_groups"] == 0
    assert set(disparities(tally)["equalized_odds_ratio"].values()) == {None}
    assert {one.parity for name, one in DISPARITIES.items() if name.endswith("ratio")} == {1.0}


def test_of_many_combinations_the_most_frequent_are_told_apart() -> None:
    random = np.random.default_rng(0)
    codes = [random.integers(0, 21, 5000) for _ in range(3)]
    crossing = Crossing.of("abc", codes, [22, 22, 22])
    assert len(crossing.kept) == MOST
    table = np.ravel_multi_index(tuple(codes), (22, 22, 22))
    values, counts = np.unique(table, return_counts=True)
    rest = ~np.isin(values, crossing.kept)
    assert counts[~rest].min() >= counts[rest].max()
    of = {name: Groups((*map(str, range(20)), OTHER, MISSING)) for name in "abc"}
    *_, both = groupings(of, [crossing])
    found = both.codes(dict(zip("abc", codes, strict=True)))
    assert both.groups[-2:] == (OTHER, MISSING)
    assert (found == MOST).sum() == counts[rest].sum()
    unseen = both.codes({name: np.array([21 if name == "b" else 0, 0]) for name in "abc"})
    assert both.groups[unseen[0]] == MISSING


def test_a_crossing_of_what_is_not_sensitive_any_more_is_left_out() -> None:
    assert [one.name for one in groupings({"sex": SEX}, [Crossing(BOTH, (0,))])] == ["sex"]
    assert math.isnan(DISPARITIES["demographic_parity_ratio"].of(Tally(np.zeros((1, 2, 3, 3)))))
