"""What a feature of each kind becomes, how far it moved, and what a team may ask of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.contributions import per_feature
from core.attribution.summary import grouped
from core.config.load import load_teams
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.contracts.reports import BASELINE_DRIFT, COMPLETENESS, DATA_TYPE, Multivariate
from core.contracts.signature import Feature, Signature
from core.statistics import managed
from core.statistics.baseline import Baseline, FeatureBaseline, WholeBaseline
from core.statistics.categories import naming
from core.statistics.checks import feature_violations
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.comparison import compare
from core.statistics.histogram import Histogram, quantile_edges
from core.statistics.support import outside
from core.statistics.wholes import AUC, Now, compare_all
from tests.core.teams import told, write

SIGNATURE = Signature((Feature("age", "numeric"), Feature("note", "text"), Feature("face", "embedding", 3)), "left")
EN, DE = 149.0, 113.0
NONE = Histogram.of(np.array([0.0]), [])


def rows(seed: int, language: float = EN) -> np.ndarray:
    chance = np.random.default_rng(seed)
    found = chance.normal(0, 1, (500, len(SIGNATURE.columns)))
    found[:, 1:3] = chance.integers(1, 90, (500, 2))
    found[:, 4] = np.where(chance.random(500) < 0.9, language, 15691)
    return found


def columns(values: np.ndarray, edges: dict[str, np.ndarray] | None = None) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for at, column in enumerate(SIGNATURE.columns):
        own = values[:, at]
        if column.kind == "language":
            found[column.name] = CategoricalColumn.of(own, [], naming(column.kind))
        else:
            found[column.name] = NumericColumn.of(own, [], edges[column.name] if edges else quantile_edges(own))
    return found


def baseline() -> Baseline:
    learned = rows(1)
    described = columns(learned)
    features = []
    for column in SIGNATURE.columns:
        own = described[column.name]
        numbers = own if isinstance(own, NumericColumn) else None
        distribution = numbers.histogram if numbers else own.categories  # type: ignore[union-attr]
        bounds = (numbers.moments.minimum, numbers.moments.maximum) if numbers else (None, None)
        features.append(FeatureBaseline(column.name, column.kind, 1.0, distribution, *bounds, 1.0, NONE, 0.0))
    wholes = tuple(
        WholeBaseline(each.name, each.kind, tuple(column.name for column in each.columns), NONE, 0.3, 0.0)  # type: ignore[arg-type]
        for each in SIGNATURE.features
        if each.whole
    )
    return Baseline(500, tuple(features), NONE, learned, wholes=wholes)


def window(values: np.ndarray, made: Baseline) -> dict[str, Column]:
    edges = {each.name: each.distribution.edges for each in made.features if isinstance(each.distribution, Histogram)}
    return columns(values, edges)


class TestASignature:
    def test_says_which_columns_a_model_takes(self) -> None:
        assert SIGNATURE.names == ("age", "note", "face")
        assert SIGNATURE.column_names == (
            *("age", "note.length", "note.words", "note.symbols", "note.language"),
            *("face.0", "face.1", "face.2"),
        )

    def test_is_written_and_read_again(self) -> None:
        assert Signature.from_json(SIGNATURE.to_json()) == SIGNATURE
        policy = ModelPolicy("churn", SIGNATURE)
        assert ModelPolicy.from_json(policy.to_json()) == policy

    def test_of_plain_features_is_written_as_ever(self) -> None:
        plain = Signature((Feature("age", "numeric"), Feature("kind", "categorical")), "left", ("kind",))
        assert json.loads(plain.to_json())["features"] == [
            {"name": "age", "kind": "numeric"},
            {"name": "kind", "kind": "categorical"},
        ]
        assert plain.plain
        assert plain.column_names == plain.names

    @pytest.mark.parametrize(("kind", "size"), [("embedding", 0), ("text", 3), ("numeric", 1)])
    def test_gives_a_size_to_vectors_alone(self, kind: Any, size: int) -> None:
        with pytest.raises(ValueError, match="an embedding has one"):
            Feature("x", kind, size)


def test_attributions_of_a_feature_are_summed_before_anything_is_made_of_them() -> None:
    values = np.random.default_rng(3).normal(0, 1, (40, len(SIGNATURE.columns)))
    groups = {feature.name: [column.name for column in feature.columns] for feature in SIGNATURE.features}
    sums, names = grouped(values, SIGNATURE.column_names, groups)
    assert names == SIGNATURE.names
    np.testing.assert_allclose(per_feature(SIGNATURE, values), sums)
    by_output = np.stack((values, -values), axis=1)
    np.testing.assert_allclose(per_feature(SIGNATURE, by_output)[:, 1], -sums)
    plain = Signature((Feature("a", "numeric"), Feature("b", "boolean")), "y")
    assert per_feature(plain, values) is values


class TestABaseline:
    def test_is_written_and_read_again(self) -> None:
        made = baseline()
        again = Baseline.from_json(made.to_json())
        assert [unit.name for unit in again.units] == ["age", "note", "face"]
        assert again.to_json() == made.to_json()

    def test_of_plain_features_says_nothing_of_wholes(self) -> None:
        plain = replace(baseline(), wholes=())
        assert "wholes" not in json.loads(plain.to_json())
        assert plain.units == plain.features

    def test_knows_the_languages_of_its_texts(self) -> None:
        made = baseline()
        assert outside(made, rows(2)) < 0.1
        assert outside(made, rows(2, DE)) > 0.8


class TestAWindow:
    def test_that_is_as_before_did_not_move(self) -> None:
        made = baseline()
        now = Now(window(rows(2), made), vectors={"face": Multivariate(0.51, 0.47, 0.55)})
        found = compare_all(made, now, np.zeros((10, 3)), WatchPolicy())
        assert [one.name for one in found] == ["age", "note", "face"]
        assert max(one.drift for one in found) < 0.05
        assert (
            feature_violations(managed.constraints(columns(rows(1)), SIGNATURE), made, now.columns, found, 0.05) == ()
        )

    def test_of_another_language_moved_by_it_and_breaks_no_rule_about_categories(self) -> None:
        made = baseline()
        now = Now(window(rows(2, DE), made), recent=distributions(made))
        note = compare_all(made, now, np.zeros((0, 3)), WatchPolicy())[1]
        assert note.drift == note.parts["note.language"] == max(note.parts.values())
        assert note.recent_drift == note.drift
        assert set(note.parts) == {"note.length", "note.words", "note.symbols", "note.language"}
        limits = managed.constraints(columns(rows(1)), SIGNATURE)
        found = feature_violations(
            limits, made, now.columns, compare_all(made, now, np.zeros((0, 3)), WatchPolicy()), 0.05
        )
        assert [(one.feature, one.check) for one in found] == [("note.language", BASELINE_DRIFT)]

    def test_after_windows_in_which_a_column_was_missing_altogether_has_not_moved_from_them(self) -> None:
        made = baseline()
        before = distributions(made)
        age = before["age"]
        assert isinstance(age, Histogram)
        now = Now(window(rows(2), made), recent={**before, "age": Histogram.of(age.edges, [])})
        policy = WatchPolicy(numeric_distance="jensen_shannon", robust=False)
        assert compare_all(made, now, np.zeros((0, 3)), policy)[0].recent_drift is None

    @pytest.mark.parametrize(("robust", "drift"), [(True, 0.4), (False, 0.6)])
    def test_whose_vectors_can_be_told_apart_moved_as_far_as_they_can(self, robust: bool, drift: float) -> None:
        made = baseline()
        now = Now(window(rows(2), made), vectors={"face": Multivariate(0.8, 0.7, 0.9)})
        face = compare_all(made, now, np.zeros((0, 3)), WatchPolicy(robust=robust))[2]
        assert face.drift == pytest.approx(drift)
        assert dict(face.distances) == {AUC: 0.8}
        assert face.recent_drift is None

    def test_too_small_for_a_classifier_says_nothing_of_vectors(self) -> None:
        made = baseline()
        face = compare_all(made, Now(window(rows(2), made), vectors={"face": None}), np.zeros((0, 3)), WatchPolicy())[2]
        assert (face.drift, dict(face.distances)) == (0.0, {})

    def test_with_broken_vectors_breaks_each_rule_once(self) -> None:
        made = baseline()
        held = window(rows(2), made)
        for name in ("face.1", "face.2"):
            values = np.where(np.arange(500) % 2, np.nan, 0.5)
            texts = ["x"] * 250 if name == "face.2" else []
            held[name] = NumericColumn.of(values, texts, made.features[5].distribution.edges)  # type: ignore[union-attr]
        found = compare_all(made, Now(held), np.zeros((0, 3)), WatchPolicy())
        limits = managed.constraints(columns(rows(1)), SIGNATURE)
        broken = feature_violations(limits, made, held, found, 0.05)
        assert [(one.feature, one.check) for one in broken] == [("face", COMPLETENESS), ("face", DATA_TYPE)]
        assert broken[0].description.startswith("2 of 3 numbers; of face.1 only 50.0%")
        assert found[2].completeness == 0.5

    def test_of_plain_features_is_compared_as_ever(self) -> None:
        made = replace(baseline(), wholes=())
        held, attributions = window(rows(2), made), np.random.default_rng(4).normal(0, 1, (20, 8))
        assert compare_all(made, Now(held), attributions, WatchPolicy()) == compare(
            made, held, attributions, WatchPolicy(), {}
        )


def distributions(made: Baseline) -> dict[str, Any]:
    return {feature.name: feature.distribution for feature in made.features if feature.kind != "dimension"}


NEW = {"note": "text", "face": {"embedding": 8}, "member": "boolean"}


@pytest.mark.parametrize(
    ("wishes", "at", "sentence"),
    [
        ({"sensitive": ["note"]}, "sensitive.0", "'note', a feature of the kind text, whose values make no groups"),
        ({"monitoring": {"segments": ["face"]}}, "monitoring.segments.0", "'face', a feature of the kind embedding"),
        (
            {"monitoring": {"segments": ["age"]}},
            "monitoring.segments.0",
            "is no categorical feature; accepted: member",
        ),
        (
            {"monitoring": {"rules": [{"left": "note", "is": ">", "right": 0}]}},
            "monitoring.rules.0.left",
            "'note', a feature of the kind text, which is no single value; accepted: age, member",
        ),
        (
            {"monitoring": {"freshness": {"feature": "face", "hours": 1}}},
            "monitoring.freshness.feature",
            "'face', a feature of the kind embedding, which is no single value; accepted: age",
        ),
        ({"monitoring": {"thresholds": {"face": 2}}}, "monitoring.thresholds.face", "of a vector is at most 1"),
        ({"monitoring": {"engine": "managed"}}, "monitoring.engine", "which Model Monitor cannot read; accepted: own"),
    ],
)
def test_what_cannot_be_asked_of_a_text_or_a_vector_is_refused(
    tmp_path: Path, wishes: dict[str, Any], at: str, sentence: str
) -> None:
    features = {"age": "numeric", **NEW}
    write(tmp_path, models__0={"name": "m", "label": "left", "features": features, **wishes})
    found = told(tmp_path)
    assert list(found) == [f"models.0.{at}"]
    assert sentence in found[f"models.0.{at}"]


def test_all_kinds_may_be_asked_for(tmp_path: Path) -> None:
    watched = {"segments": ["member"], "thresholds": {"note": 0.3, "face": 0.4, "member": 0.1}}
    features = {"age": "numeric", **NEW}
    model = {"name": "m", "label": "left", "features": features, "sensitive": ["member"], "monitoring": watched}
    write(tmp_path, models__0=model)
    signature = load_teams(tmp_path)[0].models[0].signature
    assert [(each.kind, each.size) for each in signature.features] == [
        ("numeric", 0),
        ("text", 0),
        ("embedding", 8),
        ("boolean", 0),
    ]


def test_a_wide_vector_fits_into_a_policy(tmp_path: Path) -> None:
    write(tmp_path, models__0={"name": "m", "label": "left", "features": {"face": {"embedding": 4096}}})
    load_teams(tmp_path)
