"""Drift in a batch reaches remediation like the endpoint's, and is decided by the batch's own report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from core.contracts.alarms import DRIFT, QUALITY, SILENCE, of_batch
from core.contracts.reports import LATEST, labels_prefix
from core.diagnosis import Verdict
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.outcomes import Outcome
from lambdas.objects import Objects
from lambdas.remediate.findings import S3Findings
from tests.lambdas.aws import PLENTY
from tests.lambdas.batches import DAILY
from tests.lambdas.fakes import SILENT
from tests.lambdas.world import HOME, NAMES, POLICY, SWEEP, TEAM, World, diagnosis, report

KIND = of_batch(DRIFT)


@pytest.fixture
def world() -> World:
    """A batch has drifted; the endpoint is healthy."""
    made = World(replace(POLICY, batch=DAILY))
    made.window(Verdict.HEALTHY)
    assert made.findings.in_service is not None
    newest = report(made.clock.header, made.findings.in_service.package_arn)
    made.findings.of_batch = Evidence(newest, diagnosis(Verdict.REAL_DRIFT))
    return made


def test_a_batch_that_drifted_starts_a_run(world: World) -> None:
    assert world.remediate(world.raise_alarm(KIND)) == Outcome.STARTED
    (run,) = world.pipelines.runs
    recent = timedelta(seconds=POLICY.watch.alarm_periods * DAILY.every_s)
    assert run.parameters.recent_from == (world.clock.header - recent).isoformat(), "the batches that the alarm saw"


def test_the_endpoints_alarm_is_not_judged_by_the_batch(world: World) -> None:
    assert world.remediate(world.raise_alarm(DRIFT)) != Outcome.STARTED
    assert world.pipelines.runs == []


def test_without_a_report_of_a_batch_nothing_is_started(world: World) -> None:
    world.window(Verdict.REAL_DRIFT)
    world.findings.of_batch = SILENT
    assert world.remediate(world.raise_alarm(KIND)) == Outcome.BLOCKED_DATA
    assert world.pipelines.runs == []


def test_a_batch_of_yesterday_is_recent_enough(world: World) -> None:
    body = world.raise_alarm(KIND)
    world.clock.pass_(hours=5)
    assert world.remediate(body) == Outcome.STARTED


def test_a_sweep_finds_an_alarm_that_nobody_heard(world: World) -> None:
    world.raise_alarm(KIND)
    world.clock.pass_(minutes=10)
    world.remediate(SWEEP)
    assert [run.status for run in world.pipelines.runs] == ["Executing"]


class TestLateLabels:
    """A batch lost quality, as labels show that came within three days; newer batches have no labels yet."""

    @pytest.fixture
    def world(self) -> World:
        made = World(replace(POLICY, batch=replace(DAILY, labels_s=72 * 3600)))
        made.window(Verdict.HEALTHY)
        assert made.findings.in_service is not None
        arn, now = made.findings.in_service.package_arn, made.clock.header
        made.findings.of_batch = Evidence(report(now, arn), diagnosis(Verdict.HEALTHY))
        lost = report(now - timedelta(hours=72), arn)
        made.findings.of_labels = Evidence(lost, diagnosis(Verdict.REAL_DRIFT), waited_s=72 * 3600)
        return made

    def test_start_a_run_on_the_batches_that_they_are_of(self, world: World) -> None:
        assert world.remediate(world.raise_alarm(of_batch(QUALITY))) == Outcome.STARTED
        (run,) = world.pipelines.runs
        assert run.parameters.recent_until == (world.clock.header - timedelta(hours=72)).isoformat()

    def test_that_came_long_ago_prove_nothing(self, world: World) -> None:
        body = world.raise_alarm(of_batch(QUALITY))
        world.clock.pass_(days=3, hours=1)
        world.raise_alarm(of_batch(QUALITY))
        assert world.remediate(SWEEP) == "SWEPT"
        assert body
        assert [episode.outcome for episode in world.episodes if episode.trouble == QUALITY] == [Outcome.BLOCKED_DATA]

    def test_do_not_decide_about_drift(self, world: World) -> None:
        assert world.remediate(world.raise_alarm(of_batch(DRIFT))) == Outcome.NOT_NEEDED

    def test_are_not_asked_for_where_a_batch_is_judged_at_its_end(self, world: World) -> None:
        world.policy = replace(world.policy, batch=DAILY)
        assert world.remediate(world.raise_alarm(of_batch(QUALITY))) == Outcome.NOT_NEEDED


class TestSilence:
    """A batch was due, and neither was it scored and watched nor was there nothing to score."""

    def silent(self, days: int) -> World:
        """The last batch was watched so many days ago."""
        made = World(replace(POLICY, batch=DAILY))
        assert made.findings.in_service is not None
        newest = report(made.clock.header, made.findings.in_service.package_arn)
        made.findings.of_batch = Evidence(newest, diagnosis(Verdict.HEALTHY))
        made.clock.pass_(days=days)
        made.window(Verdict.HEALTHY)
        return made

    def test_of_batches_calls_a_person(self) -> None:
        world = self.silent(days=4)
        assert world.remediate(world.raise_alarm(of_batch(SILENCE))) == Outcome.MONITOR_SILENT
        assert "A batch was due, and nothing was scored and watched" in world.newest().why

    def test_is_none_where_a_batch_was_just_watched(self) -> None:
        world = self.silent(days=0)
        assert world.remediate(world.raise_alarm(of_batch(SILENCE))) == Outcome.NOT_NEEDED

    def test_without_a_model_in_service_calls_nobody(self) -> None:
        world = self.silent(days=4)
        world.findings.releases.clear()
        assert world.remediate(world.raise_alarm(of_batch(SILENCE))) == Outcome.NOT_NEEDED

    def test_that_nobody_heard_is_found_by_a_sweep(self) -> None:
        world = self.silent(days=4)
        world.raise_alarm(of_batch(SILENCE))
        world.clock.pass_(minutes=10)
        world.remediate(SWEEP)
        assert [episode.outcome for episode in world.episodes] == [Outcome.MONITOR_SILENT]

    def test_of_an_alarm_that_was_just_made_proves_nothing_until_batches_were_due(self) -> None:
        world = self.silent(days=4)
        world.alarms.changed[NAMES.alarm(of_batch(SILENCE))] = world.clock.header - timedelta(hours=1)
        body = world.raise_alarm(of_batch(SILENCE))
        assert world.remediate(body) == Outcome.NOT_NEEDED
        world.clock.pass_(days=2)
        world.window(Verdict.HEALTHY)
        world.remediate(SWEEP)
        assert [episode.outcome for episode in world.episodes] == [Outcome.MONITOR_SILENT]

    def test_twice_without_a_batch_in_between_calls_twice(self) -> None:
        """Batches that had no rows were signs in between, and left no report."""
        world = self.silent(days=4)
        world.remediate(world.raise_alarm(of_batch(SILENCE)))
        world.recover(of_batch(SILENCE))
        world.clock.pass_(days=4)
        world.window(Verdict.HEALTHY)
        assert world.remediate(world.raise_alarm(of_batch(SILENCE))) == Outcome.MONITOR_SILENT
        assert len(world.episodes) == 2


def test_the_report_of_a_batch_lies_below_its_own_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        s3 = boto3.client("s3", region_name=HOME.region)
        buckets = [TEAM.bucket(purpose, HOME.account, HOME.region) for purpose in ("reports", "models")]
        for bucket in buckets:
            s3.create_bucket(Bucket=bucket)
        reports, models = (Objects(PLENTY, s3, bucket) for bucket in buckets)
        findings = S3Findings(TEAM, reports, models)
        assert isinstance(findings.batch_evidence(POLICY), NoEvidence)
        text = report(World().clock.header, "arn").to_json()
        s3.put_object(Bucket=buckets[0], Key=f"{NAMES.batch_prefix}{LATEST}", Body=text.encode())
        assert isinstance(findings.batch_evidence(POLICY), Evidence)
        assert isinstance(findings.evidence(POLICY), NoEvidence)
        late = replace(POLICY, batch=replace(DAILY, labels_s=7200))
        assert isinstance(findings.late_batch_evidence(late), NoEvidence)
        s3.put_object(Bucket=buckets[0], Key=f"{labels_prefix(NAMES.batch_prefix)}{LATEST}", Body=text.encode())
        found = findings.late_batch_evidence(late)
        assert isinstance(found, Evidence)
        assert found.judged - found.end == timedelta(hours=2)
