"""`constraints.json` as people edit it: what would switch a check off without a word ends the run, and is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers import outcome
from containers.model import TrainedModel
from containers.monitor.constraints_file import read
from core.contracts import reports
from core.contracts.signature import Feature, Signature
from core.statistics import managed
from core.statistics.column import CategoricalColumn, NumericColumn
from core.statistics.histogram import quantile_edges
from tests.containers.world import (
    Memory,
    Rows,
    capture,
    captured,
    draw,
    latest,
    replace_objects,
    run,
)

Edit = Callable[[dict[str, Any]], Any]
SIGNATURE = Signature((Feature("age", "numeric"), Feature("region", "categorical")), "left")
KINDS = Signature(
    (Feature("note", "text"), Feature("face", "embedding", 2), Feature("member", "boolean")), "left", ("member",)
)
NUMBERS = np.arange(1.0, 9.0)


def suggested() -> dict[str, Any]:
    """As a training leaves it."""
    age = NumericColumn.of(NUMBERS, [], quantile_edges(NUMBERS))
    return managed.constraints({"age": age, "region": CategoricalColumn.of(NUMBERS % 3, [])}, SIGNATURE)


def config(name: str, value: Any) -> Edit:
    return lambda whole: whole["monitoring_config"].update({name: value})


def comparison(name: str, value: Any) -> Edit:
    return lambda whole: whole["monitoring_config"]["distribution_constraints"].update({name: value})


def age(**changed: Any) -> Edit:
    return lambda whole: whole["features"][0].update(changed)


def region(**changed: Any) -> Edit:
    return lambda whole: whole["features"][1].update(changed)


CONFIG, AGE, REGION = "monitoring_config: ", "feature age: ", "feature region: "
SWITCH, SHARE = "accepted: Enabled, Disabled", "accepted: a number from 0 to 1"
REFUSED: list[tuple[Edit, str]] = [
    (config("evaluate_constraints", "enabled"), CONFIG + f'evaluate_constraints: found "enabled", {SWITCH}'),
    (config("evaluate_constraints", True), CONFIG + f"evaluate_constraints: found true, {SWITCH}"),
    (config("datatype_check_threshold", "0.1"), CONFIG + f'datatype_check_threshold: found "0.1", {SHARE}'),
    (config("datatype_check_threshold", -1), CONFIG + f"datatype_check_threshold: found -1, {SHARE}"),
    (config("domain_content_threshold", 10), CONFIG + f"domain_content_threshold: found 10, {SHARE}"),
    (config("domain_content_threshold", float("nan")), CONFIG + f"domain_content_threshold: found NaN, {SHARE}"),
    (config("domain_content_threshold", True), CONFIG + f"domain_content_threshold: found true, {SHARE}"),
    (config("distribution_constraints", None), CONFIG + "distribution_constraints: found null, accepted: an object"),
    (comparison("perform_comparison", True), f"perform_comparison: found true, {SWITCH}"),
    (
        comparison("comparison_threshold", float("inf")),
        "comparison_threshold: found Infinity, accepted: a number that is not negative",
    ),
    (lambda whole: whole["monitoring_config"].pop("evaluate_constraints"), "an object with evaluate_constraints"),
    (lambda whole: whole.pop("monitoring_config"), "accepted: an object with monitoring_config"),
    (lambda whole: whole.pop("features"), "accepted: an object with features"),
    (lambda whole: whole.update(features=[]), AGE + "found 0 entries, accepted: one"),
    (lambda whole: whole.update(features={}), "features: found {}, accepted: a list"),
    (lambda whole: whole["features"].append("age"), 'features: found "age", accepted: an object'),
    (lambda whole: whole["features"].pop(), REGION + "found 0 entries, accepted: one"),
    (lambda whole: whole["features"].append(whole["features"][1]), REGION + "found 2 entries, accepted: one"),
    (region(name="regoin"), "feature regoin: found no such column, accepted: age, region"),
    (region(name=None), "name: found null, accepted: a text"),
    (age(inferred_type="fractional"), AGE + 'inferred_type: found "fractional", accepted: Integral, Fractional'),
    (age(inferred_type=["Integral"]), AGE + 'inferred_type: found ["Integral"], accepted: Integral'),
    (age(completeness="1.0"), AGE + f'completeness: found "1.0", {SHARE}'),
    (age(completeness=None), AGE + f"completeness: found null, {SHARE}"),
    (age(completeness=95), AGE + f"completeness: found 95, {SHARE}"),
    (age(completeness=10**400), AGE + "completeness: found 1000"),
    (age(num_constraints=None), AGE + "num_constraints: found null, accepted: an object"),
    (age(num_constraints={"is_non_negative": "yes"}), AGE + 'num_constraints: is_non_negative: found "yes", accepted:'),
    (region(string_constraints=None), REGION + "string_constraints: found null, accepted: an object"),
    (
        region(string_constraints={"domains": None}),
        REGION + "string_constraints: domains: found null, accepted: a list",
    ),
    (
        region(string_constraints={"domains": "12"}),
        REGION + 'string_constraints: domains: found "12", accepted: a list',
    ),
    (region(string_constraints={"domains": [True]}), "domains: found true, accepted: texts and numbers"),
    (age(monitoringConfigOverrides=None), AGE + "monitoringConfigOverrides: found null, accepted: an object"),
    (
        age(monitoringConfigOverrides={"domain_threshold": 1}),
        AGE + "monitoringConfigOverrides: found domain_threshold, accepted: evaluate_constraints",
    ),
    (age(monitoringConfigOverrides={"evaluate_constraints": "disabled"}), f'found "disabled", {SWITCH}'),
    (
        age(monitoringConfigOverrides={"distribution_constraints": {"comparison_threshold": -1}}),
        "comparison_threshold: found -1, accepted: a number that is not negative",
    ),
    (
        age(monitoringConfigOverrides={"distribution_constraints": {"threshold": 1}}),
        "distribution_constraints: found threshold, accepted: perform_comparison",
    ),
]


@pytest.mark.parametrize(("edit", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_a_slip_of_the_pen_is_named_with_what_is_accepted(edit: Edit, said: str) -> None:
    whole = suggested()
    edit(whole)
    with pytest.raises(ValueError, match=r"^constraints\.json: ") as fault:
        read(json.dumps(whole), SIGNATURE)
    assert said in str(fault.value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"features": ', b"\xff\xfe\x01", b"[" * 200_000])
def test_what_is_no_file_of_constraints_is_named(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^constraints\.json: found "):
        read(content, SIGNATURE)


def test_what_a_training_left_is_read_as_it_is() -> None:
    assert read(json.dumps(suggested()), SIGNATURE) == suggested()


def test_what_the_managed_monitor_writes_is_accepted() -> None:
    """It knows more members, and has a constraint for the label where that was in its data."""
    whole = suggested()
    whole["monitoring_config"]["distribution_constraints"]["categorical_drift_method"] = "LInfinity"
    whole["features"] += [{"name": "left", "inferred_type": "Integral", "completeness": 1.0}]
    whole["features"][0]["num_constraints"]["seen"] = 3
    whole["dataset"] = {"item_count": 8}
    del whole["monitoring_config"]["emit_metrics"]
    assert read(json.dumps(whole), SIGNATURE) == whole


@pytest.mark.parametrize("written", [[0, 1, 2], [0.0, 1.0, 2.0], ["0", "1.0", "2.00"], ["0", 1, "2", 2.0]])
def test_categories_that_are_coded_as_numbers_may_be_written_as_numbers(written: list[Any]) -> None:
    whole = suggested()
    whole["features"][1]["string_constraints"]["domains"] = written
    found = read(json.dumps(whole), SIGNATURE)
    assert found["features"][1]["string_constraints"]["domains"] == ["0", "1", "2"]


def test_a_text_is_told_by_its_columns_and_a_vector_by_its_name() -> None:
    names = [*(column.name for column in KINDS.features[0].columns), "face", "member"]
    entries = [{"name": name, "inferred_type": "Unknown"} for name in names]
    whole = {**suggested(), "features": entries}
    assert read(json.dumps(whole), KINDS) == whole
    for missing in entries:
        rest = [entry for entry in entries if entry is not missing]
        with pytest.raises(ValueError, match=f"feature {missing['name']}: found 0 entries"):
            read(json.dumps({**whole, "features": rest}), KINDS)


def strange() -> Rows:
    """Rows in which x1 moved, and the category is an unknown one."""

    def move(values: np.ndarray) -> None:
        values[:, 0] -= 3
        values[:, 3] = 9

    return draw(300, 40, move)


def edited(memory: Memory, name: str, edit: Callable[[bytes], bytes]) -> Memory:
    """A file of the training, changed."""
    own = replace_objects(memory)
    (uri,) = [uri for uri in own.objects if uri.endswith(f"/{name}")]
    own.objects[uri] = edit(own.objects[uri])
    return own


def with_override(**override: Any) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        whole = json.loads(content)
        whole["features"][0]["monitoringConfigOverrides"] = {"distribution_constraints": override}
        return json.dumps(whole).encode()

    return edit


@pytest.mark.parametrize(
    ("override", "broken"),
    [({"comparison_threshold": 0.01}, True), ({"perform_comparison": "Disabled"}, False), ({}, True)],
    ids=str,
)
@pytest.mark.parametrize("thresholds", [{}, {"x1": 0.3}], ids=str)
def test_what_an_override_does_not_say_of_the_comparison_is_as_for_all(
    override: dict[str, Any], broken: bool, thresholds: dict[str, float], memory: Memory, model: TrainedModel
) -> None:
    own = edited(memory, reports.CONSTRAINTS, with_override(**override))
    own.policy = replace(own.policy, watch=replace(own.policy.watch, thresholds=thresholds))
    capture(own, [one.line() for one in captured(model, strange())])
    run(own)
    found = {(each.feature, each.check) for each in latest(own).violations}
    assert (("x1", reports.BASELINE_DRIFT) in found) == broken
    assert ("kind", reports.BASELINE_DRIFT) in found


LEFT: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("baseline.json", lambda content: content[:500]),
    ("baseline.json", lambda _: b"[]"),
    ("baseline.json", lambda _: b"{}"),
    ("baseline.json", lambda _: b'{"version": 2}'),
    ("analysis.json", lambda content: content[:100]),
    ("analysis.json", lambda _: b"[]"),
    ("analysis.json", lambda _: b"{}"),
    ("constraints.json", lambda content: content[:100]),
    ("constraints.json", lambda content: content.replace(b'"Enabled"', b'"enabled"')),
    ("evaluation.json", lambda content: content[:50]),
    ("evaluation.json", lambda _: b"{}"),
    ("evaluation.json", lambda _: b"[" * 200_000),
]


@pytest.mark.parametrize(("name", "edit"), LEFT, ids=[f"{name} {at}" for at, (name, _) in enumerate(LEFT)])
def test_a_damaged_file_of_the_training_ends_the_run_with_its_name(
    name: str, edit: Callable[[bytes], bytes], memory: Memory, tmp_path: Path
) -> None:
    own = edited(memory, name, edit)
    message = tmp_path / "message"
    assert outcome.run(lambda: run(own), message) == 1
    said = message.read_text()
    assert said.startswith(f"{name}: ")
    assert "accepted: " in said
    assert own.published == []


@pytest.mark.parametrize("name", ["baseline.json", "analysis.json", "constraints.json"])
def test_a_file_that_the_training_left_not_is_named(name: str, memory: Memory) -> None:
    own = replace_objects(memory)
    (uri,) = [uri for uri in own.objects if uri.endswith(f"/{name}")]
    del own.objects[uri]
    with pytest.raises(ValueError, match=f"^{name}: found nothing, accepted: the file that the training left"):
        run(own)
