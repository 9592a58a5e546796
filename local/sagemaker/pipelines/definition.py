"""A pipeline definition: parsed from its JSON, with every fault that can be seen before anything runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local.sagemaker.kinds import INVALID
from local.sagemaker.pipelines.expressions import references, split
from local.service import ApiError

TYPES = ("Processing", "Training", "Transform", "Tuning", "Condition", "RegisterModel", "Model", "Lambda", "Fail")
EXECUTION = (
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "PipelineName",
    "PipelineArn",
    "StartDateTime",
    "CurrentDateTime",
)
_CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda text: {"true": True, "false": False}[text.lower()],
}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str
    default: Any
    accepted: tuple[Any, ...]

    def value(self, text: str) -> Any:
        """What a caller's text means; ApiError for a text of another type or outside the enumeration."""
        try:
            value = _CONVERSIONS[self.type](text)
        except (ValueError, KeyError):
            raise ApiError(INVALID, f"Parameter {self.name} is of type {self.type}; {text!r} is not.") from None
        if self.accepted and value not in self.accepted:
            raise ApiError(INVALID, f"Parameter {self.name} must be one of {list(self.accepted)}, not {text!r}.")
        return value


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry policy: for which exceptions, how often, with what pauses in seconds."""

    exceptions: tuple[str, ...]
    interval_s: float = 1.0
    backoff: float = 2.0
    attempts: int | None = None
    expires: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a step stands inside of a Condition step."""

    condition: str
    outcome: bool


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    type: str
    arguments: Mapping[str, Any]
    needs: frozenset[str]
    """Steps that must have succeeded: DependsOn, those referred to, and the condition around it."""
    branch: Branch | None
    retries: tuple[Retry, ...]
    cached_for: timedelta | None
    property_files: Mapping[str, tuple[str, str]]
    """Output and path of each property file."""
    given: Mapping[str, Any]
    """The step as the definition has it."""


@dataclass(frozen=True, slots=True)
class Definition:
    parameters: Mapping[str, Parameter]
    steps: Mapping[str, Step]
    """All of them, those of branches included, in the order of the document."""


def parse(text: str) -> Definition:
    """ApiError names the first fault: not JSON, a name given twice, an unknown type, reference or parameter, a ring."""
    try:
        document = json.loads(text)
        parameters = {entry["Name"]: _parameter(entry) for entry in document.get("Parameters") or ()}
        listed = list(_steps(document["Steps"], None))
        if not listed:
            raise ValueError("there are no steps")
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise _invalid(f"{type(fault).__name__}: {fault}") from None
    steps: dict[str, Step] = {}
    for step in listed:
        if step.name in steps:
            raise _invalid(f"Duplicate step name found: {step.name}")
        if step.type not in TYPES:
            raise _invalid(f"Step {step.name} has type {step.type!r}; the embedded AWS knows {', '.join(TYPES)}")
        steps[step.name] = step
    definition = Definition(parameters, steps)
    for step in listed:
        _check(step, definition)
    try:
        TopologicalSorter({step.name: step.needs for step in listed}).prepare()
    except CycleError as fault:
        raise _invalid(f"Cyclic dependency between the steps {' -> '.join(fault.args[1])}") from None
    return definition


def _steps(entries: list[dict[str, Any]], branch: Branch | None) -> Iterator[Step]:
    for entry in entries:
        yield _step(entry, branch)
        if entry["Type"] == "Condition":
            for member, outcome in (("IfSteps", True), ("ElseSteps", False)):
                yield from _steps(entry["Arguments"].get(member) or [], Branch(entry["Name"], outcome))


def _step(entry: dict[str, Any], branch: Branch | None) -> Step:
    arguments = entry.get("Arguments") or {}
    own = {"Conditions": arguments["Conditions"]} if entry["Type"] == "Condition" else arguments
    paths = [split(path) for path in references(own)]
    needs = {*(path[1] for path in paths if path[0] == "Steps"), *(entry.get("DependsOn") or ())}
    cache = entry.get("CacheConfig") or {}
    return Step(
        name=entry["Name"],
        type=entry["Type"],
        arguments=own,
        needs=frozenset(needs | ({branch.condition} if branch else set())),
        branch=branch,
        retries=tuple(_retry(policy) for policy in entry.get("RetryPolicies") or ()),
        cached_for=_duration(cache.get("ExpireAfter", "P36500D")) if cache.get("Enabled") else None,
        property_files={
            file["PropertyFileName"]: (file["OutputName"], file["FilePath"])
            for file in entry.get("PropertyFiles") or ()
        },
        given=entry,
    )


def _check(step: Step, definition: Definition) -> None:
    if unknown := step.needs - set(definition.steps):
        raise _invalid(f"Step {step.name} refers to unknown steps: {', '.join(sorted(unknown))}")
    for path in references(dict(step.arguments)):
        head, *rest = split(path)
        if head == "Parameters" and rest[0] not in definition.parameters:
            raise _invalid(f"Step {step.name} refers to the undeclared parameter {rest[0]}")
        if head == "Execution" and rest[0] not in EXECUTION:
            raise _invalid(f"Step {step.name} refers to {path}; there are {', '.join(EXECUTION)}")
        if (
            head == "Steps"
            and rest[1:2] == ["PropertyFiles"]
            and rest[2] not in definition.steps[rest[0]].property_files
        ):
            raise _invalid(f"Step {step.name} refers to {path}, which step {rest[0]} does not declare")
        if head not in ("Parameters", "Execution", "Steps"):
            raise _invalid(f"Step {step.name} refers to {path!r}")


def _parameter(entry: dict[str, Any]) -> Parameter:
    if entry["Type"] not in _CONVERSIONS:
        raise ValueError(f"parameter {entry['Name']} has the unknown type {entry['Type']!r}")
    return Parameter(entry["Name"], entry["Type"], entry.get("DefaultValue"), tuple(entry.get("EnumValues") or ()))


def _retry(policy: dict[str, Any]) -> Retry:
    minutes = policy.get("ExpireAfterMin")
    return Retry(
        exceptions=tuple(policy["ExceptionType"]),
        interval_s=policy.get("IntervalSeconds", 1),
        backoff=policy.get("BackoffRate", 2.0),
        attempts=policy.get("MaxAttempts"),
        expires=timedelta(minutes=minutes) if minutes else None,
    )


def _duration(text: str) -> timedelta:
    """ISO 8601, as a cache's ExpireAfter: P30D, PT1H30M, and the short forms 30d and T12h.

    >>> _duration("P1DT2H") == timedelta(days=1, hours=2) == _duration("1dT2h")
    True
    """
    found = re.fullmatch(r"P?(?:(\d+)W)?(?:(\d+)D)?(?:T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text.upper())
    if not found or not any(found.groups()):
        raise ValueError(f"ExpireAfter {text!r} is no ISO 8601 duration")
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _invalid(text: str) -> ApiError:
    return ApiError(INVALID, f"Unable to parse pipeline definition. {text}")
