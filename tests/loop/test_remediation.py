"""Remediation end to end on the embedded AWS: deployed rules, queues, functions and ledger, a person's own commands."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from core.remediation.episode import display_name
from core.remediation.outcomes import Outcome
from core.remediation.promotion import release_name
from core.remediation.rows import EpisodeRow
from local.start import EmbeddedAws
from tests.loop.remediated import NAMES, Remediated, model, until

pytestmark = pytest.mark.slow(takes_s=60)

ASKED, PLAIN, LATE, TIMED, WORSE = (NAMES.model(name) for name in ("asked", "plain", "late", "timed", "worse"))
FEATURES = {"age": "numeric"}
ASK = {"responses": {"REAL_DRIFT": "ask"}, "cooldown_hours": 0, "starts_per_day": 24}
ALARMS = ("quality", "drift", "attribution")
RELEASED = "A new version is in service"


@pytest.fixture(scope="module")
def care(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remediated]:
    folder = tmp_path_factory.mktemp("remediation")
    with EmbeddedAws.start(folder / "home", hour_seconds=60) as aws:
        made = Remediated(aws, folder)
        made.deploy(
            model("asked", FEATURES, approval_hours=4, **ASK),
            model("late", FEATURES, approval_hours=0.25, **ASK),
            model("plain", FEATURES, cooldown_hours=48),
            model("timed", FEATURES, cooldown_hours=0, starts_per_day=24, every_days=2),
            model("worse", FEATURES, responses={"REAL_DRIFT": "rollback"}),
        )
        for names in (ASKED, LATE, PLAIN):  # the schedule of `timed` fires when it is made: nothing is in service then
            made.window(names, made.record(names), quality=0.6)
        yield made


def question(care: Remediated, names=ASKED) -> tuple[EpisodeRow, str]:
    """The open question, and the code that its mail names."""
    episode = until(lambda: next((e for e in care.episodes(names) if e.outcome == Outcome.APPROVAL_PENDING), None))
    mail = until(lambda: [m for m in care.mails("A retraining waits for your approval", names) if episode.id in str(m)])
    assert len(mail) == 1
    return episode, re.search(r"CODE=([0-9a-f]{12})", str(mail[0]))[1]  # type: ignore[index]


def test_a_question_is_mailed_with_a_code_and_a_yes_starts_one_run(care: Remediated) -> None:
    care.raise_alarm(ASKED, "quality")
    episode, code = question(care)
    assert care.runs(ASKED) == [], "nothing starts before a person has said yes"
    assert "not done: nothing was ever asked" in care.operator("approve", "--code", "0" * 12).stderr
    said = care.operator("approve", "--code", code)
    assert said.returncode == 0, said.stderr
    again = care.operator("approve", "--code", code)
    assert (again.returncode, "approved it at" in again.stderr) == (1, True), again
    until(lambda: care.runs(ASKED))
    care.sweep("remediate", "remediate")
    until(lambda: care.mails("Retraining was started", ASKED))
    ended = until(lambda: [e for e in care.episodes(ASKED) if e.id == episode.id and e.outcome == Outcome.FAILED_RUN])
    assert "Prepare" in ended[0].why, "there are no labelled rows to train on"
    assert care.runs(ASKED) == [display_name(episode.id)]
    told = care.operator("episodes", "--model", "asked")
    assert "approved" in told.stdout, told


def test_what_was_declined_is_not_asked_again(care: Remediated) -> None:
    care.recover(ASKED, "quality")
    care.window(ASKED, care.record(ASKED), quality=0.6)
    before = care.runs(ASKED)
    care.raise_alarm(ASKED, "drift")
    episode, code = question(care)
    said = care.operator("decline", "--code", code, "--why", "the labels are late")
    assert said.returncode == 0, said.stderr
    care.sweep("remediate")
    until(lambda: care.mails("A person declined the retraining", ASKED))
    (declined,) = (each for each in care.episodes(ASKED) if each.id == episode.id)
    assert (declined.outcome, care.runs(ASKED)) == (Outcome.DECLINED, before)
    assert "declined it: the labels are late" in declined.why


def test_an_answer_after_its_time_starts_nothing(care: Remediated) -> None:
    care.raise_alarm(LATE, "quality")
    episode, code = question(care, LATE)
    care.recover(LATE, "quality")
    assert episode.approval is not None
    until(lambda: care.aws.now() > episode.approval.until)  # type: ignore[union-attr]
    assert "too late" in care.operator("approve", "--code", code).stderr
    care.sweep("remediate")
    until(lambda: care.mails("The time to approve a retraining is over", LATE))
    (over,) = (each for each in care.episodes(LATE) if each.id == episode.id)
    assert (over.outcome, care.runs(LATE)) == (Outcome.EXPIRED, [])


@pytest.mark.fault("F39")
def test_a_freeze_holds_back_and_what_is_lifted_goes_on(care: Remediated) -> None:
    said = care.operator("freeze", "--model", "plain", "--why", "incident 7")
    assert said.returncode == 0, said.stderr
    care.raise_alarm(PLAIN, "drift")
    (held,) = until(lambda: [each for each in care.episodes(PLAIN) if each.trouble == "drift" and each.outcome])
    assert held.outcome == Outcome.BLOCKED_FREEZE
    assert care.runs(PLAIN) == []
    care.recover(PLAIN, "drift")
    assert care.operator("unfreeze", "--model", "plain", "--why", "it is over").returncode == 0
    assert not care.row(PLAIN).frozen


@pytest.mark.fault("F1", "F3", "F4", "F7", "F17", "F19")
def test_concurrent_flapping_repeated_alarms_and_a_handler_killed_midway_are_one_run(care: Remediated) -> None:
    """Three alarms flap at the same time, their events come again in the other order, and the function is killed."""
    killed: list[int] = []
    threads = [Thread(target=lambda kind=kind: [care.raise_alarm(PLAIN, kind) for _ in range(3)]) for kind in ALARMS]
    killer = Thread(target=lambda: killed.extend(kill_a_handler(care, "remediate")))
    for thread in (killer, *threads):
        thread.start()
    for thread in (killer, *threads):
        thread.join()
    assert killed, "no handler was seen at work"
    until(lambda: len(care.episodes(PLAIN)) >= 3 * len(ALARMS))
    for episode in reversed(care.episodes(PLAIN)):
        care.hear_again(episode)
    care.sweep("remediate", "settle")
    until(lambda: care.row(PLAIN).claim is None and not care.row(PLAIN).unannounced)
    care.drained("remediate")
    assert len(care.runs(PLAIN)) == 1
    assert len(care.mails("Retraining was started", PLAIN)) == 1
    assert sum(1 for each in care.episodes(PLAIN) if each.execution_arn) == 1
    assert {each.outcome for each in care.episodes(PLAIN) if each.trouble in ALARMS} <= {
        Outcome.BLOCKED_FREEZE,
        Outcome.FAILED_RUN,
        Outcome.STARTED,
        Outcome.SUPPRESSED_COOLDOWN,
        Outcome.SUPPRESSED_RUNNING,
    }


def test_a_request_keeps_the_limits_that_an_alarm_has(care: Remediated) -> None:
    told = ("retrain", "--model", "plain", "--why", "new labels", "--request", "request-1")
    said, again = care.operator(*told), care.operator(*told)
    assert said.returncode == 0, said.stderr
    assert again.stdout == said.stdout, "the same request is the same episode"
    (demand,) = until(lambda: [each for each in care.episodes(PLAIN) if each.trouble == "demand"])
    assert demand.outcome in (Outcome.SUPPRESSED_COOLDOWN, Outcome.SUPPRESSED_RUNNING)
    assert len(care.runs(PLAIN)) == 1


def test_a_due_schedule_and_a_request_start_one_run_each_however_often_they_come(care: Remediated) -> None:
    until(lambda: [each for each in care.episodes(TIMED) if "No model is in service yet" in each.why])
    care.window(TIMED, care.record(TIMED), quality=0.78)
    at = care.due(TIMED)
    care.due(TIMED, at)
    until(lambda: care.runs(TIMED))
    until(lambda: care.row(TIMED).attempts == 1 and care.row(TIMED).run is None)
    asked = care.operator("retrain", "--model", "timed", "--why", "new labels", "--request", "request-2")
    assert asked.returncode == 0, asked.stderr
    until(lambda: len(care.runs(TIMED)) == 2)
    care.due(TIMED, at)
    assert care.operator("retrain", "--model", "timed", "--why", "new labels", "--request", "request-2").stdout
    care.drained("remediate")
    started = [each.trouble for each in care.episodes(TIMED) if each.execution_arn]
    assert (sorted(started), len(care.runs(TIMED))) == (["demand", "schedule"], 2)


def test_a_version_that_got_worse_makes_way_for_the_one_before_until_a_person_allows_it_again(care: Remediated) -> None:
    first, second = (released(care, version) for version in (1, 2))
    care.window(WORSE, second, quality=0.6)
    care.raise_alarm(WORSE, "quality")
    until(lambda: care.mails("Another version is in service", WORSE))
    (episode,) = (each for each in care.episodes(WORSE) if each.trouble == "quality")
    assert (episode.outcome, episode.response, episode.version) == (Outcome.SWITCHED, "rollback", 1)
    assert (care.endpoint(WORSE)["EndpointConfigName"], care.release(WORSE).package_arn) == (version_name(1), first)
    assert (care.row(WORSE).in_service, care.row(WORSE).blocked, care.runs(WORSE)) == (1, (2,), [])
    care.approve_again(second)
    care.sweep("promote", "settle", "remediate")
    care.drained("promote")
    assert (care.row(WORSE).deployment, care.endpoint(WORSE)["EndpointConfigName"]) == (None, version_name(1))
    said = care.operator("unblock", "--model", "worse", "--version", "2", "--why", "the cause was the data")
    assert said.returncode == 0, said.stderr
    care.sweep("promote")
    until(lambda: care.row(WORSE).in_service == 2)
    assert care.endpoint(WORSE)["EndpointConfigName"] == version_name(2)


@pytest.mark.fault("F16", "F17", "F30")
def test_a_promoter_killed_midway_is_followed_by_another_and_one_version_goes_out_once(care: Remediated) -> None:
    """It is killed as soon as its claim is seen: before it has asked the endpoint, or just after."""
    told = len(care.mails(RELEASED, WORSE))
    package = care.approve_version(WORSE)
    version = int(package.rpartition("/")[2])
    until(lambda: care.row(WORSE).deployment is not None)
    assert kill_a_handler(care, "promote")
    until(lambda: care.row(WORSE).in_service == version)
    care.sweep("promote", "settle")
    care.drained("promote")
    until(lambda: len(care.mails(RELEASED, WORSE)) == told + 1)
    row = care.row(WORSE)
    assert (row.deployment, version in row.blocked) == (None, False)
    assert care.endpoint(WORSE)["EndpointConfigName"] == version_name(version)


def version_name(version: int) -> str:
    return release_name(WORSE, version)


def released(care: Remediated, version: int) -> str:
    """The package of the version once it is in service, and on record as that."""
    package = care.approve_version(WORSE)
    until(lambda: care.row(WORSE).in_service == version)
    assert package.endswith(f"/{version}")
    return package


def kill_a_handler(care: Remediated, handler: str) -> list[int]:
    """The first process of the function that is at work. Returns its number."""
    name, home = NAMES.function(handler).encode(), str(care.folder).encode()

    def seen() -> list[int]:
        found = []
        for process in Path("/proc").iterdir():
            try:
                environment = (process / "environ").read_bytes() if process.name.isdecimal() else b""
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if b"AWS_LAMBDA_FUNCTION_NAME=" + name in environment and home in environment:
                found.append(int(process.name))
        return found

    numbers: list[int] = until(seen)
    for number in numbers:
        os.kill(number, signal.SIGKILL)
    return numbers
