"""A sweep over many models, with the adapters' own calls: what it costs, and who is looked at where time runs out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.contracts.batch import job_name, judge_name, monitor_name
from core.names import ModelNames
from lambdas.batch.aws import CloudWatchMetrics, EventBridgeSchedules
from lambdas.batch.ports import Ports
from lambdas.batch.sagemaker import SageMakerJobs
from lambdas.batch.sweep import TURN_S, sweep
from lambdas.calls import WORST_CALL_S, Calls
from lambdas.failures import Unavailable
from tests.lambdas.batches import DAILY, FakeRows
from tests.lambdas.fakes import Clock, FakeLedger
from tests.lambdas.faults import Faults
from tests.lambdas.test_batch_adapters import WIRING
from tests.lambdas.world import HOME, POLICY, TEAM

HOURLY = replace(DAILY, every_s=3600, labels_s=24 * 3600)
NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
HOURS = [NOW.replace(minute=17) - timedelta(hours=hours) for hours in range(-6, 72)]
RIPE = NOW.replace(minute=17) - timedelta(hours=24)


@dataclass
class Account:
    """Clients of an account in which each model was scored and watched each hour for three days, and looked at for
    late labels but for the newest ripe batch. Each call takes so long; a function has 60 seconds."""

    models: list[str]
    call_s: float = 0.0
    spent_s: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    judged: set[str] = field(default_factory=set)

    def remaining_ms(self) -> int:
        return int((60 - self.spent_s) * 1000)

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        self.spent_s += self.call_s

    def names(self, beginning: str) -> ModelNames:
        return next(
            names
            for names in map(TEAM.model, self.models)
            if beginning.startswith((names.batch_jobs, names.monitor_runs))
        )

    def list_transform_jobs(self, **asked: Any) -> dict[str, Any]:
        self._called("list_transform_jobs")
        names = self.names(asked["NameContains"])
        due = [at for at in HOURS if asked["CreationTimeAfter"] <= at < asked["CreationTimeBefore"]]
        told = [
            {
                "TransformJobName": job_name(names, at),
                "TransformJobStatus": "Completed",
                "CreationTime": at,
                "TransformEndTime": at + timedelta(minutes=8),
            }
            for at in due
        ]
        return {"TransformJobSummaries": told}

    def list_processing_jobs(self, **asked: Any) -> dict[str, Any]:
        self._called("list_processing_jobs")
        names, beginning = self.names(asked["NameContains"]), asked["NameContains"]
        late = [judge_name(names, at) for at in HOURS if at < RIPE] + list(self.judged)
        runs = [name for name in (*(monitor_name(names, at) for at in HOURS), *late) if name.startswith(beginning)]
        return {"ProcessingJobSummaries": [{"ProcessingJobName": n, "ProcessingJobStatus": "Completed"} for n in runs]}

    def create_processing_job(self, **asked: Any) -> dict[str, Any]:
        self._called("create_processing_job")
        self.judged.add(asked["ProcessingJobName"])
        return {}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        self._called("get_metric_data")
        return {"MetricDataResults": []}

    def sweep(self, now: datetime = NOW) -> None:
        """One delivery."""
        self.spent_s = 0.0
        calls = Calls(self.remaining_ms)
        policies = {model: replace(POLICY, model=model, batch=HOURLY) for model in self.models}
        ledger = FakeLedger(Clock(now), Faults())
        metrics, schedules = CloudWatchMetrics(calls, self), EventBridgeSchedules(calls, self)
        rows = FakeRows(Faults(), set())
        jobs = SageMakerJobs(calls, self, WIRING)
        sweep(Ports(TEAM, HOME, policies, ledger, jobs, rows, None, metrics, schedules))  # type: ignore[arg-type]

    @property
    def looked_at(self) -> list[str]:
        return sorted(model for model in self.models if any(TEAM.model(model).monitor_runs in n for n in self.judged))


def models(count: int) -> list[str]:
    return [f"m{number:02d}" for number in range(count)]


def test_a_model_costs_four_lists_however_many_batches_a_day_has() -> None:
    account = Account(models(3))
    account.sweep()
    judged = account.calls.pop("create_processing_job")
    assert judged == 3
    assert account.calls == {"list_transform_jobs": 2 * 3, "list_processing_jobs": 2 * 3}


def test_twelve_models_are_all_looked_at_where_calls_are_slow() -> None:
    account = Account(models(12), call_s=0.4)
    account.sweep()
    assert account.looked_at == account.models


@pytest.mark.parametrize("count", [2, 12, 15, 16])
def test_no_model_is_always_the_last(count: int) -> None:
    """Time reaches for one of them alone."""
    account = Account(models(count), call_s=(60 - WORST_CALL_S) / 5)
    for number in range(count):
        with pytest.raises(Unavailable):
            account.sweep(NOW + timedelta(seconds=number * TURN_S))
    assert account.looked_at == account.models


def test_each_ripe_batch_is_looked_at_for_labels_once() -> None:
    account = Account(models(1))
    account.sweep()
    account.sweep()
    (name,) = account.judged
    assert name == judge_name(TEAM.model("m00"), RIPE)
