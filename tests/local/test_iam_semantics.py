"""Conditions and variables mean what the IAM user guide says, for the operators that the platform's policies use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, parse_policy_document

from local.iam import conditions, variables
from local.places import principal

PRESENT = {"sagemaker:one": "a", "sagemaker:many": ["a", "b"], "sagemaker:number": "3600", "sagemaker:switch": "true"}


def context(**given: Any) -> EvalContext:
    return EvalContext(
        principal_arn="arn:aws:sts::111122223333:assumed-role/risk-dev-analyst/s",
        principal_type="AssumedRole",
        principal_account="111122223333",
        action="sagemaker:CreateTrainingJob",
        resource_arn="*",
        region="eu-west-1",
        service_context=given or PRESENT,
        principal_keys={"aws:principaltag/team": "risk"},
    )


def holds(operator: str, key: str, *values: str) -> bool:
    met: bool = iam_evaluator._conditions_met({operator: {f"sagemaker:{key}": list(values)}}, context())
    return met


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        # "Multiple values for a single key are evaluated with OR", negated ones with NOR.
        ("StringEquals", "one", ("x", "a"), True),
        ("StringNotEquals", "one", ("x", "a"), False),
        ("StringNotEquals", "one", ("x", "y"), True),
        # Without the key, a condition does not match, "except if the operator is negated".
        ("StringEquals", "absent", ("a",), False),
        ("StringNotEquals", "absent", ("a",), True),
        ("ArnNotEquals", "absent", ("a",), True),
        ("Bool", "absent", ("false",), False),
        ("NumericGreaterThan", "absent", ("1",), False),
        # "...IfExists: if the key is not present, evaluate the condition element as true."
        ("BoolIfExists", "absent", ("false",), True),
        ("BoolIfExists", "switch", ("false",), False),
        ("StringEqualsIfExists", "absent", ("a",), True),
        ("StringEqualsIfExists", "one", ("b",), False),
        # Null: true tests that a key is absent, false that it is there.
        ("Null", "absent", ("true",), True),
        ("Null", "one", ("true",), False),
        ("Null", "one", ("false",), True),
        ("Null", "absent", ("false",), False),
        # ForAllValues is true for no values at all, ForAnyValue is not.
        ("ForAllValues:StringEquals", "many", ("a", "b", "c"), True),
        ("ForAllValues:StringEquals", "many", ("a",), False),
        ("ForAllValues:StringEquals", "absent", ("a",), True),
        ("ForAnyValue:StringEquals", "many", ("b",), True),
        ("ForAnyValue:StringEquals", "absent", ("b",), False),
        # One foreign value is enough for the deny; none, where nothing is given.
        ("ForAnyValue:StringNotEquals", "many", ("a", "b"), False),
        ("ForAnyValue:StringNotEquals", "many", ("a",), True),
        ("ForAnyValue:StringNotEquals", "absent", ("a",), False),
        ("NumericGreaterThan", "number", ("3599",), True),
        ("NumericGreaterThan", "number", ("3600",), False),
    ],
)
def test_an_operator_means_what_the_guide_says(
    operator: str, key: str, values: tuple[str, ...], expected: bool
) -> None:
    assert holds(operator, key, *values) is expected


def test_keys_of_one_block_must_all_hold() -> None:
    """Why two keys that a request could lack need two statements."""
    both = {"Null": {"sagemaker:one": "true", "sagemaker:absent": "true"}}
    assert not iam_evaluator._conditions_met(both, context())


def filled(resource: str) -> str | None:
    return variables.fill(resource, context())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profile/${sagemaker:one}", "profile/a"),
        ("tag/${aws:PrincipalTag/team}", "tag/risk"),
        ("${sagemaker:absent, 'nobody'}", "nobody"),
        ("${sagemaker:one, 'nobody'}", "a"),
        ("price-${$}${*}", "price-$*"),
        ("nothing to fill", "nothing to fill"),
        ("${sagemaker:absent}", None),
        ("${sagemaker:many}", None),
    ],
)
def test_a_variable_stands_for_a_key_with_one_value(text: str, expected: str | None) -> None:
    assert filled(text) == expected


def test_a_resource_with_a_variable_without_value_is_no_resource() -> None:
    document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": ["own/${sagemaker:absent}", "own/x"]}}
    (found,) = [variables.statement(each, context()) for each in parse_policy_document(document)]
    assert found.resources == ["", "own/x"]


def test_a_negated_condition_holds_against_a_variable_without_value() -> None:
    """ "Inverted condition operators do match against a null value"; the others never do."""
    for operator, expected in (("StringEquals", False), ("StringNotEquals", True)):
        block = {operator: {"sagemaker:one": "${sagemaker:absent}"}}
        document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}}
        (found,) = [variables.statement(each, context()) for each in parse_policy_document(document)]
        assert iam_evaluator._conditions_met(found.conditions, context()) is expected


def test_a_session_is_known_by_its_role() -> None:
    assert principal(context().principal_arn) == "arn:aws:iam::111122223333:role/risk-dev-analyst"


def test_what_is_asked_for_several_times_counts_at_its_worst() -> None:
    tuning = {
        "TrainingJobDefinitions": [
            {"EnableNetworkIsolation": True, "StoppingCondition": {"MaxRuntimeInSeconds": 60}},
            {"EnableNetworkIsolation": False, "StoppingCondition": {"MaxRuntimeInSeconds": 7200}},
        ]
    }
    found = conditions.keys("sagemaker", "sagemaker:CreateHyperParameterTuningJob", json.dumps(tuning).encode())
    assert found == {"sagemaker:NetworkIsolation": "false", "sagemaker:MaxRuntimeInSeconds": "7200"}


def test_what_only_looks_has_no_keys_of_what_it_filters_by() -> None:
    body = b'{"ModelApprovalStatus": "Approved"}'
    assert conditions.keys("sagemaker", "sagemaker:ListModelPackages", body) == {}
    assert conditions.keys("sagemaker", "sagemaker:UpdateModelPackage", body) != {}
