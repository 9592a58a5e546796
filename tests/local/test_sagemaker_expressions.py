"""Expressions of pipeline definitions, without anything that runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.sagemaker.pipelines.expressions import Unresolved, Values, holds, references, resolve, split

EVALUATION = {"verdict": "BETTER", "metrics": [{"auc": 0.9}], "groups": {"sex=1": {"accuracy": 0.8}}}


@pytest.fixture
def values() -> Values:
    outputs = [{"OutputName": "train", "S3Output": {"S3Uri": "s3://bucket/train"}}]
    metrics = [{"MetricName": "auc", "Value": 0.75}]
    return Values(
        parameters={"Rounds": 3, "Spot": True},
        execution={"PipelineExecutionId": "abc"},
        steps={
            "Prepare": {"ProcessingOutputConfig": {"Outputs": outputs}},
            "Train": {"FinalMetricDataList": metrics},
            "Call": {"OutputParameters": {"doubled": 6}},
        },
        property_file=lambda step, name: {("Gate", "Evaluation"): EVALUATION}[step, name],
        document=lambda uri: {"uri": uri},
    )


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def in_file(path: str) -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": get("Steps.Gate.PropertyFiles.Evaluation"), "Path": path}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (get("Parameters.Rounds"), 3),
        (get("Execution.PipelineExecutionId"), "abc"),
        (get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"), "s3://bucket/train"),
        (get('Steps.Prepare.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri'), "s3://bucket/train"),
        (get("Steps.Prepare.ProcessingOutputConfig.Outputs[0].OutputName"), "train"),
        (get("Steps.Train.FinalMetricDataList['auc'].Value"), 0.75),
        (get("Steps.Call.OutputParameters['doubled']"), 6),
        (in_file("verdict"), "BETTER"),
        (in_file("metrics[0].auc"), 0.9),
        (in_file("groups['sex=1'].accuracy"), 0.8),
        ({"Std:JsonGet": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3:/", "b"]}}, "Path": "uri"}}, "s3://b"),
        ({"Std:Join": {"On": "-", "Values": ["run", get("Parameters.Rounds"), get("Parameters.Spot")]}}, "run-3-true"),
        ({"Std:Join": {"On": "", "Values": [{"Std:Join": {"On": "/", "Values": ["a", "b"]}}, "c"]}}, "a/bc"),
    ],
)
def test_an_expression_stands_for_its_value_wherever_it_is_written(
    values: Values, expression: dict[str, Any], value: Any
) -> None:
    assert resolve(expression, values) == value
    assert resolve({"deep": [{"list": expression}]}, values) == {"deep": [{"list": value}]}


@pytest.mark.parametrize(
    "path", ["Steps.Train.ModelArtifacts.S3ModelArtifacts", "Steps.Nobody.X", "Parameters.Colour", "Secrets.Password"]
)
def test_what_is_not_there_is_named(values: Values, path: str) -> None:
    with pytest.raises(Unresolved, match=path.split(".")[0]):
        resolve(get(path), values)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_a_value_without_expressions_stays_as_it_is(value: Any) -> None:
    nothing = Values({}, {}, {}, lambda step, name: None, lambda uri: None)
    if not {"Get", "Std:Join", "Std:JsonGet"} & _keys(value):
        assert resolve(value, nothing) == value
        assert list(references(value)) == []


@given(st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_ =-]{0,8}", fullmatch=True), min_size=1, max_size=5))
def test_every_name_can_be_written_in_brackets(names: list[str]) -> None:
    assert split("Steps" + "".join(f"['{name}']" for name in names)) == ["Steps", *names]


@pytest.mark.parametrize(
    ("kind", "left", "right", "outcome"),
    [
        ("Equals", 1, 1.0, True),
        ("Equals", "1", 1, False),
        ("GreaterThan", 2, 1, True),
        ("GreaterThan", 1, 1, False),
        ("GreaterThanOrEqualTo", 1, 1, True),
        ("LessThan", "a", "b", True),
        ("LessThanOrEqualTo", 2, 1, False),
    ],
)
def test_comparisons(values: Values, kind: str, left: Any, right: Any, outcome: bool) -> None:
    assert holds({"Type": kind, "LeftValue": left, "RightValue": right}, values) is outcome


def test_conditions_are_joined_and_turned_around(values: Values) -> None:
    true = {"Type": "Equals", "LeftValue": in_file("verdict"), "RightValue": "BETTER"}
    false = {"Type": "Not", "Expression": true}
    assert not holds(false, values)
    assert holds({"Type": "Or", "Conditions": [false, true]}, values)
    assert not holds({"Type": "And", "Conditions": [false, true]}, values)
    assert holds({"Type": "In", "QueryValue": get("Parameters.Rounds"), "Values": [1, 3]}, values)


def test_sides_without_an_order_are_not_compared(values: Values) -> None:
    with pytest.raises(Unresolved, match="cannot be compared"):
        holds({"Type": "LessThan", "LeftValue": "1", "RightValue": 1}, values)


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in _keys(item)}
    return {key for item in value for key in _keys(item)} if isinstance(value, list) else set()
