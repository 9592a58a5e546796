"""What scores rows in batches, and what watches them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.events.models import EventPattern

from core.config.model import Model
from core.contracts import alarms, batch_metrics
from core.contracts.batch import (
    LONGEST_WATCH_S,
    BatchDue,
    BatchEnded,
    BatchPolicy,
    answers_prefix,
    job_name,
    judge_name,
    monitor_name,
)
from core.contracts.environment import BatchEnvironment, BatchLabelsEnvironment
from core.contracts.events import NotThisEvent
from core.contracts.metrics import HOMEOSTAT
from core.contracts.reports import labels_prefix
from lambdas.batch.ports import Transform
from lambdas.batch.requests import Wiring, judge_request, monitor_request, transform_request
from tests.wiring.access import granted, keys_of, may
from tests.wiring.calls import PASSED_TO_SAGEMAKER
from tests.wiring.check_alarms import COMPARISONS, kinds_of, policy_of
from tests.wiring.check_code import faults, fired
from tests.wiring.system import System

DUE = datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
ALARM, RULE, SCHEDULE = "AWS::CloudWatch::Alarm", "AWS::Events::Rule", "AWS::Scheduler::Schedule"


def scoring(system: System) -> Iterator[Model]:
    return (model for model in system.models if model.batch is not None)


def wiring(system: System) -> Wiring:
    """What the function is told."""
    function = system.deployed.one("AWS::Lambda::Function", FunctionName=system.names.function("batch"))
    return Wiring(BatchEnvironment.read(function["Environment"]["Variables"]))


def the_function_reads_all_that_it_is_told(system: System) -> None:
    function = system.deployed.one("AWS::Lambda::Function", FunctionName=system.names.function("batch"))
    told = function["Environment"]["Variables"]
    assert set(told) == set(BatchEnvironment.read(told).variables()), "a variable that nobody reads"


def each_schedule_asks_for_its_model(system: System) -> None:
    queue = system.arns.of("sqs", system.names.queue("batch"))
    for model in scoring(system):
        names, policy = system.names.model(model.name), policy_of(system, model.name).batch
        schedule = system.deployed.one(SCHEDULE, Name=names.batch)
        assert schedule["Target"]["Arn"] == queue
        assert schedule["State"] == "ENABLED"
        due = BatchDue.parse(json.loads(fired(schedule["Target"]["Input"])))
        assert due.endpoint == names.endpoint
        assert policy is not None
        hours = re.fullmatch(r"rate\((\d+) hours?\)", schedule["ScheduleExpression"])
        assert hours is not None
        assert int(hours[1]) * 3600 == policy.every_s, "an event of this schedule would be too old to be heard"


def each_batch_that_ends_wakes_the_function(system: System) -> None:
    """And what its parser would not read wakes nobody."""
    queue = system.arns.of("sqs", system.names.queue("batch"))
    for model in scoring(system):
        job = job_name(system.names.model(model.name), DUE)
        for status in ("InProgress", "Stopping", "Completed", "Failed", "Stopped"):
            event = ended(system, job, status)
            assert (_woken(system, event) == [queue]) == _reads(event), f"{status} of {job}"
        for other in (f"other-{job}", "rival-prod-x-batch-20261120T0917"):
            assert not _woken(system, ended(system, other, "Completed")), f"{other} wakes somebody"
        assert not _woken(system, {**ended(system, job, "Completed"), "account": "999999999999"})


def ended(system: System, job: str, status: str) -> dict[str, Any]:
    head = {"source": BatchEnded.SOURCE, "detail-type": BatchEnded.DETAIL_TYPE, "account": system.deployed.account}
    return {**head, "detail": {"TransformJobName": job, "TransformJobStatus": status}}


def _woken(system: System, event: Mapping[str, Any]) -> list[str]:
    matching = [
        rule
        for rule in system.deployed.of(RULE)
        if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)
    ]
    return [target["Arn"] for rule in matching for target in rule["Targets"]]


def _reads(event: object) -> bool:
    try:
        BatchEnded.parse(event)
    except NotThisEvent:
        return False
    return True


def its_requests_are_those_that_sagemaker_takes(system: System) -> None:
    for _, request, operation in _requests(system):
        assert not list(faults(dict(request), operation)), list(faults(dict(request), operation))


def _requests(system: System) -> Iterator[tuple[Model, Mapping[str, Any], str]]:
    for model in scoring(system):
        names, policy = system.names.model(model.name), _policy(system, model)
        done = Transform(job_name(names, DUE), "Completed", DUE, DUE + timedelta(minutes=5))
        request = transform_request(names, f"{names.endpoint}-v7", DUE, policy, wiring(system))
        yield model, request, "CreateTransformJob"
        yield model, monitor_request(names, done, DUE, policy, wiring(system)), "CreateProcessingJob"
        yield model, judge_request(names, done, DUE, policy, wiring(system)), "CreateProcessingJob"


def _policy(system: System, model: Model) -> BatchPolicy:
    found = policy_of(system, model.name).batch
    assert found is not None
    return found


def each_role_may_do_its_part(system: System) -> None:
    """And none of it with another team's."""
    for kind, action, resource, context in _calls(system):
        role = system.names.role(kind)
        assert may(system.deployed, role, action, resource, context), f"{kind} may not {action} on {resource}"
        foreign = resource.replace(system.names.prefix, "rival-prod")
        if foreign != resource:
            allowed = granted(system.deployed, role, action, foreign, context)
            assert not allowed, f"{kind} may {action} on {foreign} of another team"


def _calls(system: System) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    of = system.arns.of
    for model, request, operation in _requests(system):
        kind = operation.removeprefix("Create")
        job = f"{'transform' if 'Transform' in kind else 'processing'}-job/{request[f'{kind}Name']}"
        for action in (f"sagemaker:{operation}", "sagemaker:AddTags"):
            yield "batch", action, of("sagemaker", job), keys_of(f"sagemaker:{operation}", request) | _tagging(action)
        if kind == "TransformJob":
            yield "batch", f"sagemaker:Describe{kind}", of("sagemaker", job), {}
        yield from _objects(system, model)
    for model in scoring(system):
        yield (
            "batch",
            "scheduler:GetSchedule",
            of("scheduler", f"schedule/default/{system.names.model(model.name).batch}"),
            {},
        )
    for action in ("sagemaker:ListTransformJobs", "sagemaker:ListProcessingJobs", "cloudwatch:GetMetricData"):
        yield "batch", action, "*", {}
    yield "batch", "iam:PassRole", system.arns.role(system.names.role("monitor")), PASSED_TO_SAGEMAKER
    yield "batch", "cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": HOMEOSTAT}
    yield "batch", "sqs:ReceiveMessage", of("sqs", system.names.queue("batch")), {}
    for queue in (system.names.queue("batch"), system.names.dead_letters("batch")):
        yield "scheduler", "sqs:SendMessage", of("sqs", queue), {}
    for namespace in batch_metrics.NAMESPACES.values():
        yield "monitor", "cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": namespace}


def _tagging(action: str) -> dict[str, str]:
    return {"sagemaker:TaggingAction": "CreateTransformJob"} if action == "sagemaker:AddTags" else {}


def _objects(system: System, model: Model) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    names = system.names.model(model.name)

    def key(purpose: str, key: str) -> str:
        return f"{system.arns.bucket(system.bucket(purpose))}/{key}"

    answers = key("data", f"{answers_prefix(names, job_name(names, DUE))}a.csv.out")
    rows, data = _policy(system, model).rows_prefix(names, DUE), system.arns.bucket(system.bucket("data"))
    for kind in ("batch", "serving"):
        yield kind, "s3:ListBucket", data, {"s3:prefix": rows}
    yield "batch", "s3:GetObject", key("models", names.release_key), {}
    yield "serving", "s3:GetObject", key("data", f"{rows}a.csv"), {}
    yield "serving", "s3:PutObject", answers, {}
    yield "serving", "s3:PutObject", key("capture", f"{names.batch_prefix}output/2026/11/20/09/a.jsonl"), {}
    yield "monitor", "s3:GetObject", key("capture", f"{names.batch_prefix}output/2026/11/20/09/a.jsonl"), {}
    yield "monitor", "s3:GetObject", answers, {}
    yield "processing", "s3:GetObject", answers, {}
    yield "processing", "s3:GetObject", key("capture", f"{names.batch_prefix}output/2026/11/20/09/a.jsonl"), {}
    yield "monitor", "s3:PutObject", key("reports", f"{names.batch_prefix}latest.json"), {}
    yield "remediate", "s3:GetObject", key("reports", f"{names.batch_prefix}latest.json"), {}
    yield "monitor", "s3:PutObject", key("reports", f"{labels_prefix(names.batch_prefix)}latest.json"), {}
    yield "remediate", "s3:GetObject", key("reports", f"{labels_prefix(names.batch_prefix)}latest.json"), {}


def alarms_watch_what_is_told_of_batches(system: System) -> None:
    """And remediation knows each of them that a rule hands it."""
    known = alarms.watched(system.names, [model.name for model in system.models])
    for model in scoring(system):
        names, policy = system.names.model(model.name), _policy(system, model)
        for trouble in set(kinds_of(model)) - {alarms.SILENCE}:
            alarm = system.deployed.one(ALARM, AlarmName=names.alarm(alarms.of_batch(trouble)))
            metric = batch_metrics.of_batch(system.wires.published[trouble])
            assert (alarm["Namespace"], alarm["MetricName"]) == (metric.namespace, metric.name)
            assert alarm["Dimensions"] == [{"Name": "MonitoringSchedule", "Value": names.batch}]
            assert alarm["Period"] == policy.every_s, "one data point in each period"
            assert alarm["DatapointsToAlarm"] >= 2, "one odd batch is no drift"
            assert known[alarm["AlarmName"]] == alarms.Watched(model.name, trouble)
        for kind, metric in (
            (alarms.BATCH_FAILURES, batch_metrics.BATCH_FAILURES),
            (alarms.BATCH_IDLE, batch_metrics.BATCH_IDLE),
        ):
            alarm = system.deployed.one(ALARM, AlarmName=names.alarm(kind))
            assert (alarm["Namespace"], alarm["MetricName"]) == (metric.namespace, metric.name)
            assert alarm["AlarmActions"] == [system.arns.of("sns", system.names.topic)], "nobody is told"


def silence_of_batches_is_trouble(system: System) -> None:
    """A zero in the place of what is missing: due times without a sign, as many as may be under way and one more."""
    known = alarms.watched(system.names, [model.name for model in system.models])
    for model in scoring(system):
        names, policy = system.names.model(model.name), _policy(system, model)
        alarm = system.deployed.one(ALARM, AlarmName=names.alarm(alarms.of_batch(alarms.SILENCE)))
        watched, signs = alarm["Metrics"]
        metric = batch_metrics.of_batch(system.wires.published[alarms.SILENCE])
        stat = watched["MetricStat"]
        assert (stat["Metric"]["Namespace"], stat["Metric"]["MetricName"]) == (metric.namespace, metric.name)
        assert stat["Metric"]["Dimensions"] == [{"Name": "MonitoringSchedule", "Value": names.batch}]
        assert (stat["Stat"], stat["Period"]) == ("SampleCount", policy.every_s)
        assert (signs["Expression"], signs["ReturnData"]) == ("FILL(watched, 0)", True)
        assert not watched["ReturnData"]
        assert alarm["TreatMissingData"] == "breaching"
        breaches = COMPARISONS[alarm["ComparisonOperator"]]
        assert (breaches(0, alarm["Threshold"]), breaches(1, alarm["Threshold"])) == (True, False)
        longest = policy.max_runtime_s + LONGEST_WATCH_S
        assert (alarm["DatapointsToAlarm"] - 1) * policy.every_s >= longest, "a batch that takes its time is no silence"
        assert alarm["EvaluationPeriods"] == alarm["DatapointsToAlarm"]
        assert known[alarm["AlarmName"]] == alarms.Watched(model.name, alarms.SILENCE)


def labels_are_waited_for_as_long_as_what_they_need_is_kept(system: System) -> None:
    """And a run that looks for them reads what the function tells it."""
    for model in scoring(system):
        names, policy = system.names.model(model.name), _policy(system, model)
        if policy.managed:  # SageMaker's schedules look once
            assert policy.labels_s == 0
            continue
        assert policy.max_runtime_s < policy.labels_s <= system.environment.retention.capture_days * 24 * 3600
        done = Transform(job_name(names, DUE), "Completed", DUE, DUE + timedelta(minutes=5))
        told = judge_request(names, done, DUE, policy, wiring(system))["Environment"]
        run = BatchLabelsEnvironment.read(told)
        assert set(told) == set(run.variables())
        assert datetime.fromisoformat(run.labels_until) == policy.judged_at(DUE)


def its_monitors_are_the_models_own(system: System) -> None:
    """A run that fails is told of by the rule and the alarm that tell of the endpoint's."""
    for model in scoring(system):
        names = system.names.model(model.name)
        assert monitor_name(names, DUE).startswith(names.monitor_runs)
        assert judge_name(names, DUE).startswith(names.monitor_runs)


CHECKS = (
    the_function_reads_all_that_it_is_told,
    each_schedule_asks_for_its_model,
    each_batch_that_ends_wakes_the_function,
    its_requests_are_those_that_sagemaker_takes,
    each_role_may_do_its_part,
    alarms_watch_what_is_told_of_batches,
    silence_of_batches_is_trouble,
    labels_are_waited_for_as_long_as_what_they_need_is_kept,
    its_monitors_are_the_models_own,
)
