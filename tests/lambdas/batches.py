"""Batch scoring in memory: transform jobs, runs of the monitor, rows that wait; over the functions' world."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.contracts.batch import BatchDue, BatchEnded, BatchPolicy, job_name, judge_name, monitor_name
from core.contracts.batch_metrics import of_batch
from core.contracts.metrics import ROWS
from core.contracts.release import Release
from core.names import ModelNames
from lambdas.batch.hear import hear
from lambdas.batch.ports import Ports, Schedule, Transform
from lambdas.failures import Conflicting, Refused
from tests.lambdas.faults import Faults
from tests.lambdas.world import HOME, MODEL, NAMES, TEAM, World

DAILY = BatchPolicy(24 * 3600, "ml.m5.large", 2, 3600, "rows", "all", True, "ml.m5.large")
IN_USE = "ResourceInUse"


class FakeJobs:
    """`lambdas.batch.ports.Jobs`: a name is taken once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.transforms: dict[str, Transform] = {}
        self.models: dict[str, str] = {}
        self.watches: dict[str, Transform] = {}
        self.started: dict[str, datetime] = {}
        self.statuses: dict[str, str] = {}
        """Of the runs in `watches` that are over."""
        self.refusals: list[Refused] = []

    def transform(self, name: str) -> Transform | None:
        return self.world.faults.call("jobs.transform", lambda: self.transforms.get(name))

    def made(self, beginning: str, start: datetime, end: datetime) -> tuple[Transform, ...]:
        jobs = reversed(self.transforms.values())
        found = tuple(job for job in jobs if job.name.startswith(beginning) and start <= job.made < end)
        return self.world.faults.call("jobs.made", lambda: found)

    def score(self, names: ModelNames, model: str, due: datetime, policy: BatchPolicy) -> None:
        self.world.faults.call("jobs.score", lambda: self._score(job_name(names, due), model))

    def _score(self, name: str, model: str) -> None:
        if name in self.transforms:
            raise Conflicting(IN_USE, name)
        if self.refusals:
            raise self.refusals.pop(0)
        self.transforms[name] = Transform(name, "InProgress", self.world.clock.now, None)
        self.models[name] = model

    def stop(self, name: str) -> None:
        self.world.faults.call("jobs.stop", lambda: self.end(name, "Stopped"))

    def runs(self, beginning: str, start: datetime) -> dict[str, str]:
        found = {
            name: self.statuses.get(name, "InProgress")
            for name, at in self.started.items()
            if name.startswith(beginning) and at >= start
        }
        return self.world.faults.call("jobs.runs", lambda: found)

    def watch(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy) -> None:
        self.world.faults.call("jobs.watch", lambda: self._run(monitor_name(names, due), job))

    def judge(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy, attempt: int) -> None:
        self.world.faults.call("jobs.judge", lambda: self._run(judge_name(names, due, attempt), job))

    def _run(self, name: str, job: Transform) -> None:
        if name in self.watches:
            raise Conflicting(IN_USE, name)
        self.watches[name] = job
        self.started[name] = self.world.clock.now

    def end(self, name: str, status: str = "Completed") -> None:
        self.transforms[name] = replace(self.transforms[name], status=status, ended=self.world.clock.now)


@dataclass
class FakeRows:
    """`lambdas.batch.ports.Rows`."""

    faults: Faults
    below: set[str]

    def any(self, prefix: str) -> bool:
        return self.faults.call("rows.any", lambda: any(key.startswith(prefix) for key in self.below))


@dataclass
class FakeMetrics:
    """`lambdas.batch.ports.Metrics`."""

    faults: Faults
    data: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """What tells the team."""
        return [datum["MetricName"] for datum in self.data if datum["MetricName"] != ROWS.name]

    @property
    def signs_told(self) -> list[Mapping[str, Any]]:
        """What an alarm on silence sees."""
        return [datum for datum in self.data if datum["MetricName"] == ROWS.name]

    def publish(self, data: Sequence[Mapping[str, Any]]) -> None:
        self.faults.call("metrics.publish", lambda: self.data.extend(data))

    def watched(self, due: datetime, names: ModelNames = NAMES) -> None:
        """What the monitor says of a batch that was due then."""
        self.data.append(of_batch(ROWS).datum(300, due, {"MonitoringSchedule": names.batch}))

    def signs(self, schedule: str, start: datetime, end: datetime) -> set[datetime]:
        of = [{"Name": "MonitoringSchedule", "Value": schedule}]
        times = [sign["Timestamp"].replace(second=0) for sign in self.signs_told if sign["Dimensions"] == of]
        return self.faults.call("metrics.signs", lambda: {at for at in times if start <= at < end})


@dataclass
class FakeSchedules:
    """`lambdas.batch.ports.Schedules`."""

    faults: Faults
    standing: dict[str, Schedule]

    def find(self, name: str) -> Schedule | None:
        return self.faults.call("schedules.find", lambda: self.standing.get(name))


class Batches:
    """A model that scores once a day; rows wait, unless a test says otherwise."""

    def __init__(self, batch: BatchPolicy | None = DAILY) -> None:
        self.world = World()
        self.world.policy = replace(self.world.policy, batch=batch)
        self.jobs = FakeJobs(self.world)
        self.rows = FakeRows(self.world.faults, {f"{NAMES.batch_prefix}rows/a.csv"})
        self.metrics = FakeMetrics(self.world.faults)
        hours = (batch or DAILY).every_s // 3600
        long_ago = Schedule(timedelta(hours=hours), self.world.clock.header - timedelta(days=30))
        self.schedules = FakeSchedules(self.world.faults, {NAMES.batch: long_ago})
        self.due_at = self.world.clock.header - timedelta(minutes=1)
        self.serve("demo-dev-progression-v1")

    def serve(self, model: str) -> None:
        newest = self.world.findings.releases[-1]
        self.world.findings.releases.append(replace(newest, endpoint_config=model))

    def nothing_in_service(self) -> None:
        self.world.findings.releases.clear()

    def release(self, model: str) -> Release | None:
        return self.world.findings.release(model)

    @property
    def ports(self) -> Ports:
        world = self.world
        policies = {MODEL: world.policy}
        return Ports(TEAM, HOME, policies, world.ledger, self.jobs, self.rows, self, self.metrics, self.schedules)

    @property
    def job(self) -> str:
        """Of the batch that is due now."""
        return job_name(NAMES, self.due_at)

    def due(self, at: datetime | None = None, endpoint: str = NAMES.endpoint) -> str:
        return json.dumps(BatchDue.body(endpoint, f"{at or self.due_at:%Y-%m-%dT%H:%M:%SZ}"))

    def ended(self, status: str = "Completed", job: str = "", account: str = HOME.account) -> str:
        detail = {"TransformJobName": job or self.job, "TransformJobStatus": status}
        head = {"source": BatchEnded.SOURCE, "detail-type": BatchEnded.DETAIL_TYPE, "account": account}
        return json.dumps({**head, "detail": detail})

    def hear(self, body: str) -> str:
        return str(hear(body, self.ports))

    def delivered(self, body: str) -> None:
        self.world.delivered(self.hear, body)
