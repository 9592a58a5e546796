"""Groups of two sensitive features at once, from the policy to the window's files, by plain counting of its rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.job import watch
from core.contracts import metrics, stages
from core.contracts.fairness import Fairness
from core.contracts.reports import ANALYSIS, BIAS_DRIFT, RECENT, BiasReport, MonitorReport
from core.statistics.baseline import Baseline
from core.statistics.groups import Groups
from tests.containers.apart import apart
from tests.containers.test_monitor_engines import small
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    SIGNATURE,
    Memory,
    Rows,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    released,
    replace_objects,
    run,
    violation_file,
)

HOUR = timedelta(hours=1)
CROSSED = "kind x x3"
ASKED = Fairness((("kind", "x3"),), "x2")
COUNT = 1200
Value = dict[tuple[str, str, str], BiasReport]


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released(1500, replace(SIGNATURE, sensitive=("kind", "x3")), ASKED)


@pytest.fixture
def memory(world: tuple[Memory, TrainedModel]) -> Memory:
    return replace_objects(world[0])


@pytest.fixture(scope="module")
def rows() -> Rows:
    return draw(COUNT, 12)


@pytest.fixture(scope="module")
def seen(world: tuple[Memory, TrainedModel], rows: Rows) -> Memory:
    """A window with labels."""
    memory = replace_objects(world[0])
    asked(memory, world[1], rows)
    run(memory)
    return memory


def asked(memory: Memory, model: TrainedModel, rows: Rows, labelled: bool = True, end: Any = END) -> None:
    requests = captured(model, rows, end - HOUR)
    capture(memory, (one.line() for one in requests), end - HOUR)
    if labelled:
        label(memory, (one.line() for one in labels(requests, rows)), end - HOUR)


def baseline(memory: Memory) -> Baseline:
    assert memory.release is not None
    return Baseline.from_json(memory.objects[memory.release.baseline_uri + stages.BASELINE_FILE])


def median(memory: Memory, feature: str) -> float:
    found = baseline(memory)
    groups = Groups.of(next(each for each in found.features if each.name == feature))
    assert groups.median is not None
    return groups.median


def values(report: MonitorReport) -> Value:
    return {(one.facet, one.group, one.metric): one for one in report.bias}


def members(memory: Memory, rows: Rows) -> dict[str, np.ndarray]:
    """Rows of each group of the intersection."""
    middle = median(memory, "x3")
    sides = {f"<= {middle:g}": rows.values[:, 2] <= middle, f"> {middle:g}": rows.values[:, 2] > middle}
    kinds = {str(kind): rows.values[:, 3] == kind for kind in (1, 2, 3)}
    return {f"{kind} x {side}": mine & his for kind, mine in kinds.items() for side, his in sides.items()}


def test_an_intersection_is_a_facet_whose_numbers_are_those_of_its_rows(
    seen: Memory, rows: Rows, world: tuple[Memory, TrainedModel]
) -> None:
    answers, truth = world[1].probabilities(rows.values) >= 0.5, rows.labels.astype(bool)
    found = values(latest(seen))
    groups = members(seen, rows)
    assert {group for facet, group, _ in found if facet == CROSSED} == set(groups)
    for group, own in groups.items():
        rest = ~own
        wanted = {
            "CI": (rest.sum() - own.sum()) / len(own),
            "DPL": truth[rest].mean() - truth[own].mean(),
            "DPPL": answers[rest].mean() - answers[own].mean(),
            "DI": answers[own].mean() / answers[rest].mean(),
            "AD": (answers == truth)[rest].mean() - (answers == truth)[own].mean(),
            "RD": answers[rest & truth].mean() - answers[own & truth].mean(),
            "SD": (~answers)[own & ~truth].mean() - (~answers)[rest & ~truth].mean(),
            "DAR": truth[rest & answers].mean() - truth[own & answers].mean(),
        }
        for metric, value in wanted.items():
            told = found[CROSSED, group, metric]
            assert told.value == pytest.approx(value), (group, metric)
            assert told.low is not None
            assert told.low <= told.value <= told.high  # type: ignore[operator]
            assert told.baseline is not None


def test_disparity_is_conditional_on_the_feature_that_the_team_names(
    seen: Memory, rows: Rows, world: tuple[Memory, TrainedModel]
) -> None:
    answers = world[1].probabilities(rows.values) >= 0.5
    strata = rows.values[:, 1] > median(seen, "x2")
    for facet, groups in ((CROSSED, members(seen, rows)), ("kind", {"2": rows.values[:, 3] == 2})):
        for group, own in groups.items():
            total = 0.0
            for stratum in (strata, ~strata):
                no, yes = own[stratum & ~answers].mean(), own[stratum & answers].mean()
                total += stratum.sum() * (no - yes)
            assert values(latest(seen))[facet, group, "CDDPL"].value == pytest.approx(total / len(own))


def test_the_files_and_the_metrics_carry_it_as_any_facet(seen: Memory, rows: Rows) -> None:
    analysis = violation_file(seen, ANALYSIS)
    groups = set(members(seen, rows))
    for stage in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        assert {one["value_or_threshold"] for one in analysis[stage]["facets"][CROSSED]} == groups
        assert set(analysis[stage]["facets"]) == {"kind", "x3", CROSSED}
    assert seen.release is not None
    before = json.loads(seen.objects[seen.release.baseline_uri + ANALYSIS])
    assert {one["value_or_threshold"] for one in before["post_training_bias_metrics"]["facets"][CROSSED]} == groups
    published = [
        {each["Name"]: each["Value"] for each in datum["Dimensions"]}
        for space, datum in seen.published
        if space == metrics.BIAS and datum["MetricName"] == "bias_metric_DI"
    ]
    assert {one["FacetValue"] for one in published if one["Facet"] == CROSSED} == groups


def test_every_metric_of_clarify_is_told_of_every_group_of_window_and_training_set(seen: Memory) -> None:
    """SageMaker guide, "Measure pre-training bias" and "Measure post-training data and model bias"."""
    stages_of = {
        "pre_training_bias_metrics": "CI DPL KL JS LP TVD KS CDDL",
        "post_training_bias_metrics": "DPPL DI DCA DCR SD RD DAR DRR AD TE CDDPL FT GE",
    }
    assert seen.release is not None
    trained = json.loads(seen.objects[seen.release.baseline_uri + ANALYSIS])
    for told in (violation_file(seen, ANALYSIS), trained):
        for stage, names in stages_of.items():
            for groups in told[stage]["facets"].values():
                for group in groups:
                    values = {one["name"]: one["value"] for one in group["metrics"]}
                    assert set(values) == set(names.split())
                    assert None not in values.values(), group


def test_rates_of_its_groups_are_told_as_fairlearn_does(
    seen: Memory, rows: Rows, world: tuple[Memory, TrainedModel]
) -> None:
    answers, truth = world[1].probabilities(rows.values) >= 0.5, rows.labels.astype(bool)
    told = {each.facet: each for each in latest(seen).rates}
    assert set(told) == {"kind", "x3", CROSSED}
    groups = members(seen, rows)
    by_group = {each.group: each for each in told[CROSSED].groups}
    selected = {group: answers[own].mean() for group, own in groups.items()}
    for group, own in groups.items():
        assert (by_group[group].rows, by_group[group].labels) == (own.sum(), own.sum())
        assert by_group[group].rates["selection_rate"] == pytest.approx(selected[group])
        assert by_group[group].rates["true_positive_rate"] == pytest.approx(answers[own & truth].mean())
        assert by_group[group].rates["false_positive_rate"] == pytest.approx(answers[own & ~truth].mean())
    disparities = told[CROSSED].disparities
    assert disparities["demographic_parity_difference"]["between_groups"] == pytest.approx(
        max(selected.values()) - min(selected.values())
    )
    assert disparities["demographic_parity_ratio"]["to_overall"] == pytest.approx(
        min(min(one, answers.mean()) / max(one, answers.mean()) for one in selected.values())
    )
    assert set(told[CROSSED].baseline) == set(disparities)
    assert told[CROSSED].baseline["equalized_odds_difference"]["between_groups"] is not None


def test_thin_groups_of_an_intersection_prove_nothing(memory: Memory, world: tuple[Memory, TrainedModel]) -> None:
    few = draw(240, 13)
    asked(memory, world[1], few)
    run(memory)
    sizes = {group: int(own.sum()) for group, own in members(memory, few).items()}
    assert min(sizes.values()) < 50 <= max(sizes.values())
    told = {group for facet, group, _ in values(latest(memory)) if facet == CROSSED}
    assert told == {group for group, size in sizes.items() if size >= 50}
    (rates,) = (each for each in latest(memory).rates if each.facet == CROSSED)
    assert {each.group: each.rows for each in rates.groups} == sizes


def test_the_page_shows_every_facet_and_how_far_apart_its_groups_are(seen: Memory) -> None:
    (page,) = (content.decode() for key, content in seen.objects.items() if key.endswith("09-00-00/report.html"))
    told = page[page.index("<h2>Bias</h2>") :]
    assert told.index("kind: 3 groups") < told.index("x3: 2 groups") < told.index("kind x x3: 6 groups")
    (rates,) = (each for each in latest(seen).rates if each.facet == CROSSED)
    apart_now = rates.disparities["demographic_parity_difference"]["between_groups"]
    line = told[told.index("demographic parity difference", told.index("kind x x3")) :][:300]
    assert f"<td>{apart_now:.3f}</td>" in line
    assert "windows before" not in line, "there were none"


def test_whoever_reads_and_in_whatever_order_the_numbers_are_the_same(
    memory: Memory, world: tuple[Memory, TrainedModel], rows: Rows, seen: Memory
) -> None:
    requests = captured(world[1], rows)
    label(memory, [one.line() for one in labels(requests, rows)])
    for at in reversed(range(0, COUNT, 100)):
        capture(memory, [one.line() for one in requests[at : at + 100]][::-1], name=f"{COUNT - at:04d}")
    watch(JOB, memory, small(apart(3)))
    assert latest(memory).bias == latest(seen).bias
    assert latest(memory).rates == latest(seen).rates


def flipped(rows: Rows, kind: int = 2) -> Rows:
    """Labels of one kind are the opposite: answers show nothing of it."""
    return Rows(rows.values, np.where(rows.values[:, 3] == kind, ~rows.labels.astype(bool), rows.labels.astype(bool)))


def test_a_move_says_whether_the_windows_before_had_it(memory: Memory, world: tuple[Memory, TrainedModel]) -> None:
    """Three windows, each compared with the one before: healthy, then twice one group's labels are the opposite."""
    memory.policy = replace(memory.policy, watch=replace(memory.policy.watch, recent_windows=1))
    drifts = []
    for hours, rows in ((2, draw(COUNT, 20)), (1, flipped(draw(COUNT, 21))), (0, flipped(draw(COUNT, 22)))):
        asked(memory, world[1], rows, end=END - HOUR * hours)
        memory.release = replace(memory.release, released_at="2026-11-20T00:00:00+00:00")  # type: ignore[type-var]
        run(memory, replace(JOB, scheduled_at=(END - HOUR * hours).isoformat()))
        drifts.append([one for one in latest(memory).violations if one.check == BIAS_DRIFT])
        told = values(latest(memory))["kind", "2", "AD"]
        assert (told.recent is None) == (hours == 2)
    healthy, first, second = drifts
    assert not healthy
    assert any(
        one.description.startswith("AD of kind=2: ") and "; new: the windows" in one.description for one in first
    )
    of_group = next(one for one in second if one.description.startswith("AD of kind=2: "))
    assert "; not new: the windows before had " in of_group.description
    before = values(latest(memory))["kind", "2", "AD"].recent
    assert before is not None
    assert f"had {before:.6g}" in of_group.description
    (rates,) = (each for each in latest(memory).rates if each.facet == "kind")
    assert rates.recent["demographic_parity_difference"]["between_groups"] is not None


def test_windows_of_before_tallies_were_kept_are_still_compared_with(
    memory: Memory, world: tuple[Memory, TrainedModel], rows: Rows
) -> None:
    key = f"{bucket('reports')}{NAMES.report_prefix}{RECENT}"
    asked(memory, world[1], draw(300, 14), end=END - HOUR)
    memory.release = replace(memory.release, released_at="2026-11-20T00:00:00+00:00")  # type: ignore[type-var]
    run(memory, replace(JOB, scheduled_at=(END - HOUR).isoformat()))
    kept = json.loads(memory.objects[key])
    assert set(kept["windows"][0].pop("tallies")) == {"kind", "x3", CROSSED}
    memory.objects[key] = json.dumps(kept).encode()
    asked(memory, world[1], rows)
    run(memory)
    assert latest(memory).recent_windows == 1
    assert {one.recent for one in latest(memory).bias} == {None}


def test_what_is_kept_of_a_window_does_not_grow_with_it(seen: Memory) -> None:
    (window,) = json.loads(seen.objects[f"{bucket('reports')}{NAMES.report_prefix}{RECENT}"])["windows"]
    assert {name: len(counts) for name, counts in window["tallies"].items()} == {
        "kind": 5 * 9,
        "x3": 4 * 9,
        CROSSED: 8 * 9,
    }
    assert sum(window["tallies"][CROSSED]) == COUNT


def test_a_training_without_intersections_has_none_in_its_windows(made: tuple[Memory, TrainedModel]) -> None:
    memory = replace_objects(made[0])
    asked(memory, made[1], draw(300, 15))
    run(memory)
    assert {one.facet for one in latest(memory).bias} == {"kind"}
    assert baseline(memory).crossings == ()
