"""Drift in a batch reaches remediation like the endpoint's, and is decided by the batch's own report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from core.contracts.alarms import DRIFT, of_batch
from core.contracts.reports import LATEST
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
