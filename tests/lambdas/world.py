"""One team with one model and its three functions, over the fakes: what a test says happens, in its words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.contracts.evaluation import Evaluation
from core.contracts.events import SweepDue
from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy, ReleasePolicy, RetrainPolicy, WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import MonitorReport
from core.contracts.requests import RetrainingAsked, RetrainingDue
from core.contracts.signature import Feature, Signature
from core.diagnosis import Diagnosis, Verdict
from core.names import TeamNames
from core.remediation.approval import code
from core.remediation.episode import Cause
from core.remediation.facts import Evidence
from core.remediation.intake import Home, alarm_arn
from core.remediation.promotion import Endpoint, release_name
from core.remediation.rows import EpisodeRow, ModelRow, TeamRow
from lambdas.failures import Refused, Stale, Unavailable
from lambdas.promote import ports as promote_ports
from lambdas.promote.promote import promote
from lambdas.remediate import ports as remediate_ports
from lambdas.remediate.hear import hear
from lambdas.remediate.ports import Standing
from lambdas.settle import ports as settle_ports
from lambdas.settle.settle import settle
from tests.lambdas.fakes import (
    Clock,
    FakeAlarms,
    FakeEndpoints,
    FakeFindings,
    FakeLedger,
    FakePipelines,
    FakeRefusals,
    FakeRegistry,
    FakeReleases,
    FakeRuns,
    FakeStandings,
    FakeTopic,
    Run,
)
from tests.lambdas.faults import Crash, Faults
from tools import operate

EVENTS = Path(__file__).parents[1] / "events"
TEAM, HOME, MODEL = TeamNames("demo", "dev"), Home("111122223333", "us-east-1"), "progression"
NAMES = TEAM.model(MODEL)
POLICY = ModelPolicy(
    MODEL,
    Signature((Feature("age", "numeric"),), "fast"),
    WatchPolicy(period_s=3600, alarm_periods=2),
    RetrainPolicy(cooldown_s=6 * 3600, lease_s=3600, starts_per_day=2, run_cost_usd=1.5, monthly_budget_usd=50),
    ReleasePolicy(minimum_instances=1, maximum_instances=3, rollback_alarms=(NAMES.alarm("errors"),)),
)
SWEEP = json.dumps(SweepDue.body())
BETTER = Evaluation("BETTER", "2 points better", 200, "accuracy", 0.8, 0.7, 0.05, 0.15, 0.95, {}, {})


def recorded(name: str) -> dict[str, Any]:
    """An event as AWS documents it."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def diagnosis(verdict: Verdict, train_on: Any = "recent") -> Diagnosis:
    return Diagnosis(
        verdict=verdict,
        features=("age",),
        evidence=("accuracy is 0.61 against 0.78.",),
        cause="the world moved",
        confidence="high",
        blind_spots=(),
        response="Retrain on recent rows.",
        train_on=train_on if verdict is Verdict.REAL_DRIFT else None,
    )


def report(end: datetime, package_arn: str) -> MonitorReport:
    return MonitorReport(
        endpoint=NAMES.endpoint,
        schedule=NAMES.monitor,
        package_arn=package_arn,
        start=(end - timedelta(hours=1)).isoformat(),
        end=end.isoformat(),
        rows=500,
        unreadable=0,
        features=(),
        prediction_drift=0.0,
        quality=None,
        labels=0,
        violations=(),
    )


class World:
    """Version 1 is in service and the last window shows real drift, unless a test says otherwise."""

    def __init__(self, policy: ModelPolicy = POLICY) -> None:
        self.policy = policy
        self.clock, self.faults = Clock(), Faults()
        self.ledger = FakeLedger(self.clock, self.faults)
        self.topic = FakeTopic(self.faults)
        self.pipelines = FakePipelines(self.clock, self.faults)
        releases: list[Release] = []
        self.findings = FakeFindings(self.faults, releases)
        self.alarms = FakeAlarms(self.faults)
        self.releases = FakeReleases(self.faults)
        self.most_runs = 0
        self.registry = FakeRegistry(self.faults, NAMES)
        self.endpoints = FakeEndpoints(self.clock, self.faults, releases)
        self.runs = FakeRuns(self.faults, self.pipelines, self.registry)
        self.standings = FakeStandings(self.faults)
        self.refusals: FakeRefusals | None = None
        self.serve(self.registry.register(BETTER).arn)
        first = release_name(NAMES, 1)
        self.endpoints.now = Endpoint(status="InService", config=first, modified="at first", instances=1)
        self.ledger.put(ModelRow(model=MODEL, in_service=1))
        self.window(Verdict.REAL_DRIFT)

    # What the world does.

    def serve(self, package_arn: str) -> None:
        """The record of what is in service."""
        released = (self.clock.now - timedelta(days=9)).isoformat()
        at = (NAMES.endpoint, "config", package_arn, "model", "baseline", "evaluation", released)
        self.findings.releases.append(Release(*at))

    def window(self, verdict: Verdict, train_on: Any = "recent") -> None:
        """A window that ended now, about what is in service."""
        assert self.findings.in_service is not None
        newest = report(self.clock.header, self.findings.in_service.package_arn)
        self.findings.found = Evidence(newest, diagnosis(verdict, train_on))

    def raise_alarm(self, kind: str = "quality", at: datetime | None = None) -> str:
        """The alarm goes into ALARM; returns the event's body."""
        at, name = at or self.clock.now, NAMES.alarm(kind)
        arn = alarm_arn(HOME, name)
        self.recover(kind)
        self.alarms.raised.append(Standing(arn, name, at, "Threshold Crossed"))
        event = recorded("alarm_raised")
        event["resources"] = [arn]
        event["detail"]["alarmName"] = name
        event["detail"]["state"] |= {
            "reason": "Threshold Crossed",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000",
        }
        return json.dumps(event)

    def recover(self, kind: str = "quality") -> None:
        self.alarms.raised = [alarm for alarm in self.alarms.raised if alarm.name != NAMES.alarm(kind)]

    def end_run(self, run: Run, status: str = "Succeeded", approval: str = "Approved", gate: str | None = None) -> None:
        """The execution ends; where it succeeded it has registered a better model."""
        run.status, run.gate = status, gate
        if status == "Succeeded" and run.package is None:
            episode = run.parameters.episode
            run.package = self.registry.register(BETTER, approval, episode).arn

    def freeze(self, why: str) -> None:
        """What an operator does: one write with the revision that was read."""
        row = self.ledger.peek(Key.team()).team
        self.ledger.put(replace(row, frozen=why))

    def release_second(self) -> None:
        """Version 2 took the place of version 1 some days ago."""
        self.serve(self.registry.register(BETTER).arn)
        second = release_name(NAMES, 2)
        self.endpoints.now = Endpoint(status="InService", config=second, modified="at second", instances=1)
        self.endpoints.prepared |= {release_name(NAMES, 1), second}
        self.ledger.put(replace(self.model, in_service=2, served=(1,)))
        self.window(Verdict.REAL_DRIFT)

    def due(self, at: datetime | None = None) -> str:
        """The schedule's message."""
        return json.dumps(RetrainingDue.body(NAMES.endpoint, f"{at or self.clock.now:%Y-%m-%dT%H:%M:%SZ}"))

    def asked_for(self, id: str = "request-1", **changes: Any) -> str:
        """A person's message."""
        at, why = self.clock.header, "new labels"
        plain = RetrainingAsked(endpoint=NAMES.endpoint, id=id, at=at, by="ada", why=why, train_on="all", recent_days=7)
        return json.dumps(replace(plain, **changes).body())

    # What a person does.

    def answer(self, yes: bool, by: str = "grace", told: str = "") -> str:
        """Approve or decline the question that is open."""
        id = self.model.asked
        asked = self.ledger.peek(Key.episode(MODEL, id)).episode(MODEL, id)
        assert asked is not None, "nothing is asked"
        given = told or code(asked)
        if yes:
            return operate.approve(self.ledger, MODEL, asked.id, given, by)
        return operate.decline(self.ledger, MODEL, asked.id, given, "not now", by)

    # What the functions do.

    def remediate(self, body: str) -> str:
        return str(hear(body, self.remediate_ports()))

    def promote(self, body: str = SWEEP) -> str:
        return promote(body, self.promote_ports())

    def settle(self, body: str = SWEEP) -> str:
        return settle(body, self.settle_ports())

    def sweep(self) -> None:
        """All three functions sweep, in some order."""
        for function in (self.settle, self.promote, self.settle):
            function(SWEEP)
        self.remediate(SWEEP)

    def delivered(self, function: Any, body: str, deliveries: int = 5) -> None:
        """The queue delivers again until it is worked off."""
        for _ in range(deliveries):
            try:
                function(body)
            except (Unavailable, Refused, Stale, Crash):
                continue
            return

    # What can be seen of it.

    @property
    def model(self) -> ModelRow:
        return self.ledger.peek(Key.of_model(MODEL)).model(MODEL)

    @property
    def team(self) -> TeamRow:
        return self.ledger.peek(Key.team()).team

    @property
    def episodes(self) -> list[EpisodeRow]:
        rows = self.ledger.peek(*self.ledger.items).rows.values()
        return [row for row in rows if isinstance(row, EpisodeRow)]

    def episode(self, kind: str = "quality", at: datetime | None = None, round: int = 1) -> EpisodeRow:
        """The episode of one transition."""
        cause = Cause(alarm_arn(HOME, NAMES.alarm(kind)), at or self.clock.now, round)
        row = self.ledger.peek(Key.episode(MODEL, cause.id)).episode(MODEL, cause.id)
        assert row is not None
        return row

    def newest(self) -> EpisodeRow:
        """The episode that was raised last."""
        return max(self.episodes, key=lambda episode: (episode.raised_at, episode.revision))

    def remediate_ports(self) -> remediate_ports.Ports:
        return remediate_ports.Ports(
            TEAM,
            HOME,
            {MODEL: self.policy},
            self.ledger,
            self.topic,
            self.pipelines,
            self.findings,
            self.alarms,
            self.releases,
            self.most_runs,
        )

    def promote_ports(self) -> promote_ports.Ports:
        return promote_ports.Ports(
            TEAM, HOME, {MODEL: self.policy}, self.ledger, self.topic, self.registry, self.endpoints
        )

    def settle_ports(self) -> settle_ports.Ports:
        shared = (TEAM, HOME, {MODEL: self.policy}, self.ledger, self.topic)
        return settle_ports.Ports(*shared, self.runs, self.endpoints, self.standings, self.refusals)
