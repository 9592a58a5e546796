"""Distances of attributions, coarse counts of them, groups of features."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.contracts.policy import WatchPolicy
from core.contracts.reports import FeatureReport, GroupReport, MonitorReport
from core.diagnosis import Verdict, diagnose
from core.statistics.attributed import Attributed, attributed, attribution_shares, coarse_edges, distances, moved
from core.statistics.attribution_groups import attributed_groups, compare_groups
from core.statistics.baseline import Baseline, FeatureBaseline, GroupBaseline
from core.statistics.distances import kolmogorov_smirnov
from core.statistics.histogram import Histogram, quantile_edges

NAMES = ("salary", "bonus", "age")
GROUPS = {"money": ("salary", "bonus")}
VALUES = arrays(float, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(-5, 5))
NOTHING = Histogram.of([])


def grounds(values: np.ndarray, share: float = 0.5, name: str = "money") -> GroupBaseline:
    """Of a training set whose attributions these are."""
    counted = Histogram.of(quantile_edges(values), values)
    return GroupBaseline(name, GROUPS["money"], counted, share, float(values.mean()), float(values.std()))


def now(values: np.ndarray, share: float = 0.5) -> Attributed:
    return Attributed(values, share, float(values.mean()))


def drawn(shift: float, seed: int, rows: int = 2000) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1, rows)


class TestDistances:
    def test_of_what_did_not_move_are_all_zero(self) -> None:
        values = drawn(0, 1)
        found = distances(grounds(values), now(values))
        assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-12)
        assert set(found) == {"kolmogorov_smirnov", "jensen_shannon", "share_change", "mean_change"}

    def test_grow_with_the_shift(self) -> None:
        before = grounds(drawn(0, 1))
        steps = [distances(before, now(drawn(shift, 2))) for shift in (0.1, 0.4, 1.0, 3.0)]
        for name in ("kolmogorov_smirnov", "jensen_shannon", "mean_change"):
            assert [step[name] for step in steps] == sorted(step[name] for step in steps)
            assert steps[0][name] < steps[-1][name]

    def test_tell_a_mean_in_the_unit_of_training_and_a_share_with_its_sign(self) -> None:
        values = drawn(0, 3)
        found = distances(grounds(values * 4, 0.5), now(values * 4 - 6, 0.3))
        assert found["mean_change"] == pytest.approx(-1.5, abs=0.05)
        assert found["share_change"] == pytest.approx(-0.2)

    def test_see_a_sign_that_turned_where_the_share_does_not(self) -> None:
        """XOR: mean absolute attributions are what they were."""
        values = np.repeat([1.0, 2.0], 500)
        found = distances(grounds(values), now(-values))
        assert found["share_change"] == 0
        assert found["kolmogorov_smirnov"] == found["jensen_shannon"] == 1
        assert found["mean_change"] < -5

    @given(VALUES, VALUES)
    def test_are_the_same_both_ways_over_the_same_bins(self, one: np.ndarray, other: np.ndarray) -> None:
        edges = quantile_edges(np.concatenate((one[:, 0], other[:, 0])))
        sides = [Histogram.of(edges, side[:, 0]) for side in (one, other)]
        there = [
            distances(replace(grounds(side[:, 0]), attributions=counted), now(far[:, 0]))
            for side, far, counted in ((one, other, sides[0]), (other, one, sides[1]))
        ]
        for name in ("kolmogorov_smirnov", "jensen_shannon"):
            assert there[0][name] == pytest.approx(there[1][name], abs=1e-12)
            assert 0 <= there[0][name] <= 1 + 1e-12

    def test_without_rows_or_without_a_baseline_are_none(self) -> None:
        values = drawn(0, 1)
        assert distances(grounds(values), Attributed(values[:0], 0.0, 0.0)) == {}
        assert distances(replace(grounds(values), attributions=NOTHING), now(values)) == {}

    def test_of_a_feature_that_was_never_used_say_nothing_of_its_mean(self) -> None:
        assert "mean_change" not in distances(grounds(np.zeros(50)), now(np.ones(50)))


class TestTheWindowsBefore:
    def test_that_are_as_this_one_show_no_drift(self) -> None:
        before, values = grounds(drawn(0, 1)), drawn(0.7, 2)
        lately = Histogram.of(coarse_edges(before.attributions), values)
        found = moved(before, now(values), lately)
        assert found.recent == 0
        assert found.drift > 0.15, "from training it moved all the same"

    def test_show_more_drift_the_farther_this_one_lies(self) -> None:
        before = grounds(drawn(0, 1))
        lately = Histogram.of(coarse_edges(before.attributions), drawn(0, 5, 20_000))
        found = [moved(before, now(drawn(shift, 6)), lately).recent for shift in (0.0, 0.3, 0.8, 2.0)]
        assert found[0] == 0
        assert all(a is not None and b is not None and a < b for a, b in pairwise(found))

    def test_say_nothing_where_there_are_none_or_no_row_is_explained(self) -> None:
        before, values = grounds(drawn(0, 1)), drawn(0, 2)
        edges = coarse_edges(before.attributions)
        assert moved(before, now(values)).recent is None
        assert moved(before, now(values), Histogram.of(edges)).recent is None
        assert moved(before, Attributed(values[:0], 0.0, 0.0), Histogram.of(edges, values)).recent is None


class TestCoarseEdges:
    @settings(max_examples=200)
    @given(
        arrays(float, st.integers(1, 300), elements=st.floats(-3, 3).map(lambda value: round(value, 1))),
        arrays(float, st.integers(1, 100), elements=st.floats(-4, 4)),
        st.integers(2, 40),
    )
    def test_lose_at_most_two_bins_of_a_distance(self, before: np.ndarray, values: np.ndarray, bins: int) -> None:
        fine = Histogram.of(quantile_edges(before), before)
        edges = coarse_edges(fine, bins)
        assert set(edges) <= set(fine.edges)
        whole = kolmogorov_smirnov(fine.counts, Histogram.of(fine.edges, values).counts)
        kept = kolmogorov_smirnov(Histogram.of(edges, before).counts, Histogram.of(edges, values).counts)
        assert whole - 2 / bins - 1e-9 <= kept <= whole + 1e-9

    def test_keep_what_lies_right_before_a_value_that_many_rows_have(self) -> None:
        before, values = np.concatenate((np.arange(1.0, 30.0), np.full(71, 30.0))), np.full(50, 28.5)
        fine = Histogram.of(quantile_edges(before, computed=True), before)
        edges = coarse_edges(fine)
        assert 29.0 in edges
        found = kolmogorov_smirnov(Histogram.of(edges, before).counts, Histogram.of(edges, values).counts)
        assert found == pytest.approx(0.71)

    def test_are_few(self) -> None:
        fine = Histogram.of(quantile_edges(drawn(0, 1)), drawn(0, 1))
        assert len(fine.edges) == 101
        assert len(coarse_edges(fine)) <= 43

    def test_of_nothing_are_none(self) -> None:
        assert len(coarse_edges(NOTHING)) == 0


class TestGroups:
    @given(VALUES)
    def test_are_summed_row_by_row_and_what_cancels_does_not_count(self, values: np.ndarray) -> None:
        found = attributed_groups(values, NAMES, GROUPS)["money"]
        np.testing.assert_allclose(found.values, values[:, 0] + values[:, 1])
        shares = attribution_shares(values)
        assert found.share <= shares[0] + shares[1] + 1e-12
        assert found.mean == pytest.approx(values[:, :2].sum(axis=1).mean(), abs=1e-12)

    def test_have_shares_of_the_total_of_all_features_each_for_itself(self) -> None:
        found = attributed_groups(np.array([[2.0, -1.0, 1.0]]), NAMES, GROUPS)["money"]
        assert found.share == 0.25

    @given(VALUES)
    def test_of_one_sign_have_the_shares_of_their_features_together(self, values: np.ndarray) -> None:
        found = attributed_groups(np.abs(values), NAMES, GROUPS)["money"]
        assert found.share == pytest.approx(float(attribution_shares(np.abs(values))[:2].sum()), abs=1e-9)

    @given(VALUES, st.randoms(use_true_random=False))
    def test_do_not_depend_on_the_order_of_the_rows(self, values: np.ndarray, random) -> None:
        order = list(range(len(values)))
        random.shuffle(order)
        one, other = (compare_groups(baseline(), each) for each in (values, values[order]))
        assert one[0].share == pytest.approx(other[0].share)
        assert one[0].drift == other[0].drift
        assert one[0].distances == pytest.approx(dict(other[0].distances), abs=1e-9)

    def test_of_a_group_of_one_feature_say_what_the_feature_says(self) -> None:
        values = np.random.default_rng(1).normal(0, 1, (500, 3))
        alone = attributed(values)[2]
        group = attributed_groups(values, NAMES, {"years": ["age"]})["years"]
        assert (group.share, group.mean) == pytest.approx((alone.share, alone.mean))

    def test_without_rows_report_nothing_that_moved(self) -> None:
        (found,) = compare_groups(baseline(), np.empty((0, 3)))
        assert (found.share, found.drift, found.recent_drift, dict(found.distances)) == (0.0, 0.0, None, {})

    def test_of_a_baseline_without_any_are_none(self) -> None:
        assert compare_groups(replace(baseline(), groups=()), np.zeros((3, 3))) == ()

    def test_of_features_that_are_unknown_are_refused(self) -> None:
        with pytest.raises(ValueError, match="wage"):
            attributed_groups(np.zeros((2, 3)), NAMES, {"money": ["salary", "wage"]})

    def test_that_lean_on_each_other_are_seen_where_no_feature_for_itself_is(self) -> None:
        """Two features that act by their sum become correlated: each is attributed as before."""
        random = np.random.default_rng(2)
        apart, common = random.normal(0, 1, (3000, 3)), random.normal(0, 1, (3000, 1))
        learned = attributed_groups(apart, NAMES, GROUPS)["money"]
        made = replace(baseline(), groups=(grounds(learned.values, learned.share),))
        joined = np.hstack((common, common, random.normal(0, 1, (3000, 1))))
        (found,) = compare_groups(made, joined)
        assert found.distances["kolmogorov_smirnov"] > 0.07
        assert found.share > learned.share
        assert (
            kolmogorov_smirnov(*(np.histogram(side[:, 0], np.linspace(-3, 3, 30))[0] for side in (apart, joined)))
            < 0.05
        )


def baseline() -> Baseline:
    values = np.random.default_rng(9).normal(0, 1, (400, 3))
    found, shares = attributed_groups(values, NAMES, GROUPS)["money"], attribution_shares(values)
    features = tuple(
        FeatureBaseline(name, "numeric", 1.0, NOTHING, None, None, 0.0, grounds(values[:, at]).attributions, share)
        for at, (name, share) in enumerate(zip(NAMES, shares.tolist(), strict=True))
    )
    return Baseline(400, features, NOTHING, groups=(grounds(found.values, found.share),))


class TestABaseline:
    def test_with_groups_is_written_and_read_again(self) -> None:
        again = Baseline.from_json(baseline().to_json())
        assert again.to_json() == baseline().to_json()
        assert [(group.name, group.features) for group in again.groups] == [("money", ("salary", "bonus"))]

    def test_of_before_there_were_groups_is_read(self) -> None:
        value = json.loads(baseline().to_json())
        del value["groups"]
        for feature in value["features"]:
            del feature["attribution_deviation"]
        old = Baseline.from_json(json.dumps(value))
        assert old.groups == ()
        assert {feature.attribution_deviation for feature in old.features} == {0.0}


def report(features: tuple[FeatureReport, ...], groups: tuple[GroupReport, ...] = ()) -> MonitorReport:
    return MonitorReport(
        *("e", "m", "arn/1", "2026-11-20T08:00:00+00:00", "2026-11-20T09:00:00+00:00"),
        rows=500,
        unreadable=0,
        features=features,
        prediction_drift=0.0,
        quality=None,
        labels=0,
        violations=(),
        groups=groups,
    )


CALM = FeatureReport("salary", 1.0, 1.0, 0.01, 0.04, 0.04, 0.0)
MONEY = GroupReport("money", ("salary", "bonus"), 0.6, 0.6, 0.0, 0.1, 0.1)


class TestTheDiagnosis:
    def test_of_a_group_that_moved_is_that_of_a_feature(self) -> None:
        found = diagnose(report((CALM,), (replace(MONEY, drift=0.3),)), WatchPolicy())
        assert found.verdict == Verdict.LABELS_NEEDED
        assert found.features == ("salary", "bonus")
        assert any(
            "the group money (salary, bonus), summed row by row, moved by 0.30" in line for line in found.evidence
        )

    @pytest.mark.parametrize(
        "group", [MONEY, replace(MONEY, drift=0.19), replace(MONEY, share=0.01, baseline_share=0.04, drift=0.5)]
    )
    def test_of_a_group_that_did_not_move_or_does_not_matter_is_health(self, group: GroupReport) -> None:
        assert diagnose(report((CALM,), (group,)), WatchPolicy()).verdict == Verdict.HEALTHY

    def test_names_what_moved_since_the_windows_before_alone(self) -> None:
        own = replace(CALM, attribution_share=0.5, recent_attribution_drift=0.4)
        found = diagnose(report((own,)), WatchPolicy())
        assert found.verdict == Verdict.HEALTHY, "evidence, and no sign"
        assert (
            "Attributions of salary moved by 0.40 from the windows before, though not from training." in found.evidence
        )

    def test_tells_drift_that_stays_from_drift_that_came(self) -> None:
        for recent, told in ((0.4, "it came with this window"), (0.0, "it had moved already")):
            own = replace(CALM, attribution_share=0.5, attribution_drift=0.4, recent_attribution_drift=recent)
            assert any(told in line for line in diagnose(report((own,)), WatchPolicy()).evidence)

    def test_of_healthy_windows_with_groups_is_health(self) -> None:
        """Chance does not reach the threshold: of 300 windows of 500 rows, none."""
        random = np.random.default_rng(4)
        weights = random.normal(0, 1, (3, 3))
        learned = random.normal(0, 1, (2000, 3)) @ weights
        made = attributed_groups(learned, NAMES, GROUPS)["money"]
        of = replace(baseline(), groups=(grounds(made.values, made.share),))
        for _ in range(300):
            groups = compare_groups(of, random.normal(0, 1, (500, 3)) @ weights)
            assert diagnose(report((CALM,), groups), WatchPolicy()).verdict == Verdict.HEALTHY


def test_a_report_with_groups_is_written_and_read_again() -> None:
    told = report((replace(CALM, attribution_distances={"jensen_shannon": 0.1}),), (MONEY,))
    assert MonitorReport.from_json(told.to_json()) == told


def test_a_report_of_before_there_were_groups_is_read() -> None:
    value = json.loads(report((CALM,)).to_json())
    del value["groups"], value["features"][0]["attribution_distances"], value["features"][0]["recent_attribution_drift"]
    assert MonitorReport.from_json(json.dumps(value)) == report((CALM,))
