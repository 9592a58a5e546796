"""Quality that is judged when labels have come is decided by the report on the window that they are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from core.contracts.alarms import BIAS, DRIFT, QUALITY
from core.contracts.reports import BIAS_DRIFT, LATEST, MonitorReport, Violation, labels_prefix
from core.diagnosis import Verdict
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.outcomes import Outcome
from lambdas.objects import Objects
from lambdas.remediate.findings import S3Findings
from tests.lambdas.aws import PLENTY
from tests.lambdas.fakes import SILENT
from tests.lambdas.world import HOME, NAMES, POLICY, SWEEP, TEAM, World, diagnosis, report

HORIZON = timedelta(hours=72)
LATE = replace(POLICY, watch=replace(POLICY.watch, labels_s=int(HORIZON.total_seconds())))


@pytest.fixture
def world() -> World:
    """The newest window is healthy; the one whose labels have come by now lost quality."""
    made = World(LATE)
    made.window(Verdict.HEALTHY)
    assert made.findings.in_service is not None
    lost = report(made.clock.header - HORIZON, made.findings.in_service.package_arn)
    made.findings.of_labels = Evidence(lost, diagnosis(Verdict.REAL_DRIFT), waited_s=LATE.watch.labels_s)
    return made


def test_lost_quality_starts_a_run_on_the_windows_that_lost_it(world: World) -> None:
    assert world.remediate(world.raise_alarm(QUALITY)) == Outcome.STARTED
    (run,) = world.pipelines.runs
    assert run.parameters.recent_until == (world.clock.header - HORIZON).isoformat()


def test_an_alarm_that_nobody_heard_is_found_by_a_sweep_and_decided_alike(world: World) -> None:
    world.raise_alarm(QUALITY)
    world.clock.pass_(minutes=10)
    world.remediate(SWEEP)
    assert [episode.outcome for episode in world.episodes] == [Outcome.STARTED]


def test_drift_is_decided_by_the_newest_window(world: World) -> None:
    assert world.remediate(world.raise_alarm(DRIFT)) == Outcome.NOT_NEEDED
    assert world.pipelines.runs == []


def test_what_was_judged_long_ago_proves_nothing(world: World) -> None:
    world.clock.pass_(hours=6)
    world.window(Verdict.HEALTHY)
    assert world.remediate(world.raise_alarm(QUALITY)) == Outcome.BLOCKED_DATA
    assert world.pipelines.runs == []


def biased(report: MonitorReport) -> MonitorReport:
    return replace(report, violations=(Violation("sex", BIAS_DRIFT, "RD of sex=1: 0.4"),))


def test_bias_that_labels_show_is_told_to_a_person_although_answers_show_none(world: World) -> None:
    late = world.findings.of_labels
    assert isinstance(late, Evidence)
    world.findings.of_labels = replace(late, report=biased(late.report), diagnosis=diagnosis(Verdict.HEALTHY))
    assert world.remediate(world.raise_alarm(BIAS)) == Outcome.ESCALATED
    assert "RD of sex=1" in world.episodes[0].why


def test_bias_that_nobody_sees_any_more_asks_nobody(world: World) -> None:
    assert world.remediate(world.raise_alarm(BIAS)) == Outcome.NOT_NEEDED


def test_without_a_report_of_labels_nothing_is_started(world: World) -> None:
    world.window(Verdict.REAL_DRIFT)
    world.findings.of_labels = SILENT
    assert world.remediate(world.raise_alarm(QUALITY)) == Outcome.BLOCKED_DATA


def test_where_a_window_is_judged_at_its_end_its_own_report_decides(world: World) -> None:
    world.policy = POLICY
    assert world.remediate(world.raise_alarm(QUALITY)) == Outcome.NOT_NEEDED


def test_the_report_lies_below_a_prefix_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        s3 = boto3.client("s3", region_name=HOME.region)
        buckets = [TEAM.bucket(purpose, HOME.account, HOME.region) for purpose in ("reports", "models")]
        for bucket in buckets:
            s3.create_bucket(Bucket=bucket)
        findings = S3Findings(TEAM, *(Objects(PLENTY, s3, bucket) for bucket in buckets))
        text = report(World().clock.header, "arn").to_json()
        s3.put_object(Bucket=buckets[0], Key=f"{NAMES.report_prefix}{LATEST}", Body=text.encode())
        assert isinstance(findings.late_evidence(LATE), NoEvidence)
        s3.put_object(Bucket=buckets[0], Key=f"{labels_prefix(NAMES.report_prefix)}{LATEST}", Body=text.encode())
        found = findings.late_evidence(LATE)
        assert isinstance(found, Evidence)
        assert found.judged - found.end == HORIZON
