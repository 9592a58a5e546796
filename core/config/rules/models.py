"""Models: combinations that could never train, serve or be watched."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.model import Model, Serving
from core.config.monitoring import Monitoring
from core.config.plain import Finding, Location
from core.config.rules import problems
from core.config.team import Team
from core.contracts.policy_parts import TEXT_MAX
from core.costs import run_cost
from core.prices import USD_PER_HOUR

UNBOUNDED = frozenset({"population_stability", "wasserstein"})
"""Distances without a largest value."""
WHOLES = frozenset({"text", "embedding"})
"""Kinds of feature that are several columns of the model."""
FITTING = {
    "numeric": frozenset({"numeric"}),
    "categorical": frozenset({"categorical", "boolean"}),
    "single": frozenset({"numeric", "categorical", "boolean"}),
}
"""What is asked of a feature -> the kinds that fit."""
LONGEST_EVALUATION_H = 7 * 24
"""CloudWatch looks back at most a week (PutMetricAlarm, EvaluationPeriods)."""


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        for at, problem in (
            *_columns(model),
            *_watched_columns(model),
            *_rules(model.monitoring),
            *_reachable(model),
            *_managed(model),
            *_serving(model.serving),
            *_monitoring(model.monitoring),
        ):
            yield ("models", index, *at), problem


def policy(team: Team) -> Iterator[Finding]:
    """All that Lambdas and jobs know of a model lies in some parameters."""
    for index, model in enumerate(team.models):
        if any(problems.of_model(model)):
            continue  # it has no signature, and is told for that
        names = [team.names(environment).model(model.name) for environment in team.environments]
        length = max(len(model.policy(each, run_cost_usd=99_999.99).to_json()) for each in names)
        if length > TEXT_MAX:
            found = f"make a policy of {length} characters, and its parameters hold {TEXT_MAX}"
            yield ("models", index, "features"), f"{found}; accepted: fewer features or shorter names"


def names(team: Team) -> Iterator[Finding]:
    """A model's rows and labels lie below its name in the data bucket, where Canvas has a folder too."""
    taken = team.names(team.environments[0]).canvas_prefix
    if team.studio.canvas is None:
        return
    for index, model in enumerate(team.models):
        if f"{model.name}/" == taken:
            found = f"found {model.name!r}, but SageMaker Canvas keeps what members make below {taken} of its bucket"
            yield ("models", index, "name"), f"{found}; accepted: another name, or no section studio.canvas"


def labels(team: Team) -> Iterator[Finding]:
    """A window is looked at again while its requests are still there."""
    for index, model in enumerate(team.models):
        hours, period = model.monitoring.labels_within_hours, model.monitoring.period_hours
        for environment in team.environments:
            kept = environment.retention.capture_days * 24
            if hours and hours + period > kept:
                found = f"found {hours}, but {environment.name} deletes what is captured after {kept} h"
                accepted = f"accepted: at most {max(kept - period, 0)}"
                yield ("models", index, "monitoring", "labels_within_hours"), f"{found}; {accepted}"


def runtime(team: Team) -> Iterator[Finding]:
    longest = team.longest_job_hours * 60
    for index, model in enumerate(team.models):
        minutes = model.training.max_runtime_minutes
        if minutes > longest:
            found = f"found {minutes}, but longest_job_hours is {team.longest_job_hours}"
            yield ("models", index, "training", "max_runtime_minutes"), f"{found}; accepted: {longest} at most"


def cost(team: Team) -> Iterator[Finding]:
    """A run that no budget covers is never started."""
    for index, model in enumerate(team.models):
        training, budget = model.training, model.retraining.monthly_budget_usd
        types = (training.instance_type, training.processing_instance_type)
        if not all(name in USD_PER_HOUR for name in types):
            continue
        for environment in team.environments:
            usd = run_cost(
                types[0], training.instance_count, types[1], training.max_runtime_minutes, environment.region
            )
            if usd > budget:
                found = (
                    f"found {budget:g}, but one run may cost {usd:g} in {environment.region} (all jobs at their limit)"
                )
                accepted = "accepted: a budget for one run at least, or a lower training.max_runtime_minutes"
                yield ("models", index, "retraining", "monthly_budget_usd"), f"{found}; {accepted}"
                break


def _columns(model: Model) -> Iterator[Finding]:
    if model.label in model.features:
        yield ("label",), f"found {model.label!r}, which is also a feature; the label must not be an input"
    for index, feature in enumerate(model.sensitive):
        if feature not in model.features:
            accepted = ", ".join(model.features)
            yield ("sensitive", index), f"found {feature!r}, which is no feature; accepted: {accepted}"
        elif (kind := model.kinds[feature]) in WHOLES:
            fitting = ", ".join(name for name, one in model.kinds.items() if one not in WHOLES) or "none, no feature is"
            found = f"found {feature!r}, a feature of the kind {kind}, whose values make no groups"
            yield ("sensitive", index), f"{found}; accepted: {fitting}"


def _watched_columns(model: Model) -> Iterator[Finding]:
    """What is watched of single columns, where there is such a column, of a kind that can be watched so."""
    watch, kinds = model.monitoring, model.kinds
    named: list[tuple[Location, str, str]] = [(("thresholds", name), name, "") for name in watch.thresholds]
    named += [(("segments", index), name, "categorical") for index, name in enumerate(watch.segments)]
    for index, rule in enumerate(watch.rules):
        sides = (("left", rule.left), ("right", rule.right))
        named += [(("rules", index, side), name, "single") for side, name in sides if isinstance(name, str)]
    if watch.freshness is not None:
        named.append((("freshness", "feature"), watch.freshness.feature, "numeric"))
    for at, name, wanted in named:
        fit = FITTING.get(wanted, frozenset(kinds.values()))
        if name not in kinds or kinds[name] not in fit:
            called = "" if wanted in ("", "single") else f"{wanted} "
            found = f"found {name!r}, which is no {called}feature"
            if name in kinds and kinds[name] in WHOLES:
                found = f"found {name!r}, a feature of the kind {kinds[name]}, which is no single value"
            fitting = ", ".join(each for each in kinds if kinds[each] in fit) or f"none, no feature is {wanted}"
            yield ("monitoring", *at), f"{found}; accepted: {fitting}"


def _rules(watch: Monitoring) -> Iterator[Finding]:
    """A rule can hold, and can be broken; and it stands there once."""
    seen: set[tuple[str, str, str | float]] = set()
    for index, rule in enumerate(watch.rules):
        at: Location = ("monitoring", "rules", index)
        if rule.left == rule.right:
            accepted = "accepted: another feature, or a number"
            yield (*at, "right"), f"found {rule.right!r}, which is the left side too; {accepted}"
        whole = (rule.left, rule.is_, rule.right)
        if whole in seen:
            yield at, f"found {rule.left} {rule.is_} {rule.right} a second time; accepted: each rule once"
        seen.add(whole)


def _reachable(model: Model) -> Iterator[Finding]:
    """A threshold above the largest value of its distance would never be reached, and the feature not be watched."""
    watch = model.monitoring
    numeric, categorical = watch.numeric_distance, watch.categorical_distance
    chosen = {"numeric": numeric, "categorical": categorical, "boolean": categorical, "embedding": "of a vector"}
    chosen["text"] = categorical if numeric in UNBOUNDED else numeric
    bounded = [name for name, kind in model.kinds.items() if chosen[kind] not in UNBOUNDED]
    for name, threshold in watch.thresholds.items():
        if threshold > 1 and name in bounded:
            found = f"found {threshold:g}, but the distance {chosen[model.kinds[name]]} is at most 1"
            yield ("monitoring", "thresholds", name), f"{found}; accepted: more than 0, up to 1"
    common = [name for name in bounded if name not in watch.thresholds]
    if watch.drift_threshold > 1 and common:
        found = f"found {watch.drift_threshold:g}, but the distance {chosen[model.kinds[common[0]]]}"
        accepted = "accepted: up to 1, or a distance without a largest value, or thresholds for such features"
        yield ("monitoring", "drift_threshold"), f"{found} of {common[0]} is at most 1; {accepted}"


def _managed(model: Model) -> Iterator[Finding]:
    """Model Monitor counts the columns of a request, and knows nothing of what a text or a vector becomes."""
    wholes = [name for name, kind in model.kinds.items() if kind in WHOLES]
    if model.monitoring.engine == "managed" and wholes:
        found = f"found managed with {wholes[0]}, a feature of the kind {model.kinds[wholes[0]]}"
        yield ("monitoring", "engine"), f"{found}, which Model Monitor cannot read; accepted: own"


def _serving(serving: Serving) -> Iterator[Finding]:
    if serving.minimum_instances > serving.maximum_instances:
        found = f"found {serving.minimum_instances}, more than maximum_instances ({serving.maximum_instances})"
        yield ("serving", "minimum_instances"), f"{found}; accepted: 1 to {serving.maximum_instances}"


def _monitoring(watch: Monitoring) -> Iterator[Finding]:
    if watch.engine == "managed" and 24 % watch.period_hours:
        found = f"found {watch.period_hours} with engine: managed, whose schedules begin anew each day"
        yield ("monitoring", "period_hours"), f"{found}; accepted: 1, 2, 3, 4, 6, 8, 12, 24"
    if watch.engine == "managed" and watch.workers > 1:
        found = f"found {watch.workers} with engine: managed, which gives every instance its own part of a window"
        yield ("monitoring", "workers"), f"{found}; accepted: 1, or engine: own"
    hours, period = watch.labels_within_hours, watch.period_hours
    if hours % period:
        found = f"found {hours} with windows of {period} h"
        accepted = f"accepted: a multiple of that, as {hours + -hours % period}"
        yield ("monitoring", "labels_within_hours"), f"{found}; {accepted}"
    if hours and watch.engine == "managed":
        found = f"found {hours} with engine: managed, whose schedules look once"
        yield ("monitoring", "labels_within_hours"), f"{found}; accepted: 0, or engine: own"
    if watch.alarm_datapoints > watch.alarm_periods:
        found = f"found {watch.alarm_datapoints}, more than alarm_periods ({watch.alarm_periods})"
        yield ("monitoring", "alarm_datapoints"), f"{found}; accepted: 2 to {watch.alarm_periods}"
    most = LONGEST_EVALUATION_H // watch.period_hours
    if watch.alarm_periods > most:
        found = f"found {watch.alarm_periods} with windows of {watch.period_hours} h"
        accepted = f"CloudWatch accepts at most {most}, because an alarm looks back a week at most"
        yield ("monitoring", "alarm_periods"), f"{found}; {accepted}"
