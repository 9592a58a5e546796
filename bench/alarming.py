"""On the embedded AWS: seconds from a metric to the started run, where 1, 10 or 100 models are in trouble at once.

Everything between the two is deployed: the alarm, the rule, the queue, the function, the ledger, the pipeline. Only
what a run's jobs would do is left out, since on AWS they run on machines of their own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles

from core.contracts.alarms import QUALITY
from core.contracts.metrics import QUALITY_DROP
from core.names import ModelNames, TeamNames
from local.start import EmbeddedAws, eventually
from tests.local.images import Images
from tests.loop.remediated import NAMES, Remediated, model

HOUR_S = 240.0
PERIOD = timedelta(hours=24)
"""Of the models' alarms; they ask for two periods of two, so the first of them is told of long before."""
PATIENCE_S = 240


@dataclass(frozen=True, slots=True)
class Size:
    """`rounds` is how many models are in trouble at once, and how often; no model is in trouble twice."""

    environments: int
    models: int
    """Of each environment."""
    rounds: tuple[tuple[int, int], ...]


WHOLE = Size(4, 32, ((1, 8), (10, 2), (100, 1)))
TINY = Size(1, 3, ((1, 1), (2, 1)))
"""An environment holds at most 33 models: its stack of alarms and schedules has CloudFormation's 500 resources then."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Of one model, in real seconds."""

    metric_to_alarm_s: float
    """CloudWatch's own: it looks at minutes that are over."""
    alarm_to_start_s: float
    starts: int
    """Runs of the model; all but 1 is wrong."""

    @property
    def total_s(self) -> float:
        return self.metric_to_alarm_s + self.alarm_to_start_s


def reactions(size: Size = WHOLE) -> dict[int, list[Taken]]:
    """Models in trouble at once -> what each of them took."""
    with tempfile.TemporaryDirectory(prefix="alarming-") as scratch:
        folder = Path(scratch)
        with EmbeddedAws.start(folder / "home", hour_seconds=HOUR_S) as aws:
            made = Remediated(aws, folder)
            names = _deployed(made, size)
            return {at_once: _rounds(made, names, at_once, times) for at_once, times in size.rounds}


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99; of few values the p99 is the largest.

    >>> percentiles([3.0, 1.0, 2.0])
    (2.0, 3.0)
    """
    if len(values) == 1:
        return values[0], values[0]
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98] if len(values) >= 100 else max(values)


def of_round(taken: Sequence[Taken]) -> dict[str, float]:
    """Percentiles of all models of a kind of round; `starts` counts those that started exactly one run."""
    parts = {
        "alarm": [each.metric_to_alarm_s for each in taken],
        "start": [each.alarm_to_start_s for each in taken],
        "total": [each.total_s for each in taken],
    }
    cuts = {name: percentiles(values) for name, values in parts.items()}
    return {
        "models": len(taken),
        "starts": sum(each.starts == 1 for each in taken),
        **{f"{name}_p50_s": p50 for name, (p50, _) in cuts.items()},
        **{f"{name}_p99_s": p99 for name, (_, p99) in cuts.items()},
    }


def _deployed(made: Remediated, size: Size) -> Iterator[ModelNames]:
    """All models, one environment after the other."""
    environments = [f"dev{index}" for index in range(size.environments)]
    models = [f"m{index}" for index in range(size.models)]
    made.deploy(*(model(name, {"age": "numeric"}, cooldown_hours=720) for name in models), environments=environments)
    Images(made.aws.home).end_at_once("process")
    return iter([TeamNames(NAMES.team, each).model(name) for each in environments for name in models])


def _rounds(made: Remediated, names: Iterator[ModelNames], at_once: int, times: int) -> list[Taken]:
    return [taken for _ in range(times) for taken in _in_trouble(made, [next(names) for _ in range(at_once)])]


def _in_trouble(made: Remediated, models: Sequence[ModelNames]) -> list[Taken]:
    """All of them at the same moment; returns when the last run was started."""
    for each in models:
        made.window(each, made.record(each), quality=0.6)
    _publish(made, models, made.aws.now() - 1.25 * PERIOD)
    begun = made.aws.now()
    _publish(made, models, begun)
    for _ in eventually(PATIENCE_S, pause=1.0):
        if all(made.runs(each) for each in models):
            break
    return [_taken(made, each, begun) for each in models]


def _publish(made: Remediated, models: Sequence[ModelNames], at: datetime) -> None:
    """What the monitor would: the quality is twice as far below as it may be."""
    data = [
        QUALITY_DROP.datum(2.0, at, {"Endpoint": each.endpoint, "MonitoringSchedule": each.monitor}) for each in models
    ]
    made.aws.client("cloudwatch").put_metric_data(Namespace=QUALITY_DROP.namespace, MetricData=data)


def _taken(made: Remediated, names: ModelNames, begun: datetime) -> Taken:
    described = made.aws.client("cloudwatch").describe_alarms(AlarmNames=[names.alarm(QUALITY)])["MetricAlarms"]
    alarmed = described[0]["StateUpdatedTimestamp"]
    listed = made.aws.client("sagemaker").list_pipeline_executions(PipelineName=names.pipeline)
    runs = listed["PipelineExecutionSummaries"]
    started = min(run["StartTime"] for run in runs)
    return Taken(_real_s(begun, alarmed), _real_s(alarmed, started), len(runs))


def _real_s(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() * HOUR_S / 3600
