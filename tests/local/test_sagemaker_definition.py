"""Pipeline definitions: what is read from them, and which faults are seen before anything runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.sagemaker.pipelines.caching import find, key
from local.sagemaker.pipelines.definition import Definition, Parameter, Retry, parse
from local.sagemaker.pipelines.retrying import Retrying
from local.service import ApiError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def fail(name: str, message: Any = "no", **members: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **members}


def condition(name: str, then: list[dict[str, Any]], otherwise: list[dict[str, Any]]) -> dict[str, Any]:
    conditions = [{"Type": "Equals", "LeftValue": {"Get": "Parameters.Mode"}, "RightValue": "fast"}]
    return {
        "Name": name,
        "Type": "Condition",
        "Arguments": {"Conditions": conditions, "IfSteps": then, "ElseSteps": otherwise},
    }


def read(*steps: dict[str, Any]) -> Definition:
    parameters = [{"Name": "Mode", "Type": "String", "DefaultValue": "fast"}]
    return parse(json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": list(steps)}))


def test_a_reference_is_a_dependency() -> None:
    steps = read(fail("First"), fail("Second", {"Get": "Steps.First.X"}), fail("Third", DependsOn=["Second"])).steps
    assert [sorted(step.needs) for step in steps.values()] == [[], ["First"], ["Second"]]


def test_the_steps_of_a_branch_need_their_condition_and_it_does_not_need_what_they_refer_to() -> None:
    steps = read(fail("First"), condition("Choose", [fail("Then", {"Get": "Steps.First.X"})], [fail("Else")])).steps
    assert steps["Choose"].needs == frozenset()
    assert steps["Then"].needs == {"Choose", "First"}
    assert steps["Else"].needs == {"Choose"}
    assert [step.branch and step.branch.outcome for step in steps.values()] == [None, None, True, False]


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([], "there are no steps"),
        ([fail("Twice"), fail("Twice")], "Duplicate step name found: Twice"),
        ([fail("Twice"), condition("If", [fail("Twice")], [])], "Duplicate step name found: Twice"),
        ([{"Name": "Odd", "Type": "Emr", "Arguments": {}}], "Step Odd has type 'Emr'"),
        ([fail("Only", {"Get": "Steps.Other.X"})], "unknown steps: Other"),
        ([fail("Only", DependsOn=["Other"])], "unknown steps: Other"),
        ([fail("Only", {"Get": "Parameters.Colour"})], "undeclared parameter Colour"),
        ([fail("Only", {"Get": "Execution.Colour"})], "refers to Execution.Colour"),
        ([fail("Only", {"Get": "Nothing"})], "refers to 'Nothing'"),
        ([fail("A"), fail("B", {"Get": "Steps.A.PropertyFiles.F"})], "step A does not declare"),
        ([fail("A", DependsOn=["B"]), fail("B", DependsOn=["A"])], "Cyclic dependency"),
        ([fail("A", {"Get": "Steps.A.X"})], "Cyclic dependency"),
        ([fail("A", CacheConfig={"Enabled": True, "ExpireAfter": "soon"})], "no ISO 8601 duration"),
        ([{"Type": "Fail"}], "Name"),
    ],
)
def test_faults_are_told_when_the_definition_comes_in(steps: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ApiError, match="Unable to parse pipeline definition") as refused:
        read(*steps)
    assert fault in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"Steps": 3}', '{"Steps": [3]}'])
def test_a_text_that_is_no_definition_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="Unable to parse pipeline definition"):
        parse(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("String", "3", "3"), ("Integer", "3", 3), ("Float", "3", 3.0), ("Boolean", "True", True)],
)
def test_parameters_have_types(kind: str, text: str, value: Any) -> None:
    found = Parameter("P", kind, None, ()).value(text)
    assert (found, type(found)) == (value, type(value))


def test_the_first_policy_that_names_the_exception_counts_and_its_pauses_grow() -> None:
    retrying = Retrying([Retry(("A",), 10, 2.0, 3), Retry(("A", "B"), 1, 1.0, 1)], NOON)
    assert [retrying.pause("A", NOON) for _ in range(4)] == [10, 20, 40, None]
    assert [retrying.pause("B", NOON) for _ in range(2)] == [1, None]


def test_faults_of_the_service_are_retried_without_a_policy_and_others_are_not() -> None:
    retrying = Retrying([], NOON)
    assert retrying.pause("Step.THROTTLING", NOON) == 1
    assert retrying.pause("SageMaker.RESOURCE_LIMIT", NOON) is None
    assert retrying.pause(None, NOON) is None


def test_a_policy_expires() -> None:
    retrying = Retrying([Retry(("A",), 1, 1.0, None, timedelta(minutes=5))], NOON)
    assert retrying.pause("A", NOON + timedelta(minutes=4)) == 1
    assert retrying.pause("A", NOON + timedelta(minutes=5)) is None


def test_a_cache_hits_the_newest_success_with_the_same_arguments_that_has_not_expired() -> None:
    wanted = key({"b": 1, "a": 2})
    assert wanted == key({"a": 2, "b": 1}) != key({"a": 2, "b": 2})

    def ran(at: datetime, status: str = "Succeeded", cached: str = wanted) -> dict[str, Any]:
        return {"Steps": {"S": {"StepStatus": status, "CacheKey": cached, "EndTime": at}}}

    old, new = ran(NOON - timedelta(hours=2)), ran(NOON - timedelta(hours=1))
    others = [ran(NOON, "Failed"), ran(NOON, cached="other"), {"Steps": {}}]
    assert find([new, old, *others], "S", wanted, timedelta(hours=3), NOON) is new
    assert find([old, *others], "S", wanted, timedelta(hours=1), NOON) is None
