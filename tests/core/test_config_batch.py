"""Batch scoring in a team's file: what it becomes, and what could never run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.load import load_teams
from core.contracts.batch import (
    BatchPolicy,
    answers_prefix,
    due_of,
    job_name,
    judge_name,
    late_look,
    monitor_name,
)
from core.contracts.policy import ModelPolicy
from core.names import JOB_NAME_MAX, MODEL_MAX, TeamNames
from tests.core.teams import told, write

LONGEST = TeamNames("t" * 15, "e" * 15).model("m" * MODEL_MAX)
CHURN = TeamNames("risk", "dev").model("churn")


def policy(folder: Path, **batch: Any) -> ModelPolicy:
    write(folder, models__0__batch=batch)
    (team,) = load_teams(folder)
    return team.models[0].policy(CHURN, 1.0)


def test_what_is_left_out_has_its_defaults_and_survives_the_parameter(tmp_path: Path) -> None:
    found = policy(tmp_path)
    plain = BatchPolicy(86400, "ml.m5.large", 1, 3600, "rows", "all", True, "ml.m5.large", labels_s=86400)
    assert found.batch == plain
    assert ModelPolicy.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("batch", "hours"),
    [({}, 24), ({"join": False}, 0), ({"labels_within_hours": 0}, 0), ({"labels_within_hours": 336}, 336)],
)
def test_labels_count_for_as_long_as_the_team_says(tmp_path: Path, batch: dict[str, Any], hours: int) -> None:
    found = policy(tmp_path, **batch).batch
    assert found is not None
    assert found.labels_s == hours * 3600
    due = datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
    assert found.judged_at(due) == due + timedelta(hours=hours)


def test_without_the_section_nothing_is_scored(tmp_path: Path) -> None:
    write(tmp_path)
    (team,) = load_teams(tmp_path)
    assert team.models[0].policy(CHURN, 1.0).batch is None


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"models__0__batch": {"rows": "answers"}}, "models.0.batch.rows", "where the answers lie"),
        (
            {"models__0__batch": {"every_hours": 1, "max_runtime_minutes": 90}},
            "models.0.batch.max_runtime_minutes",
            "found 90, but the next run starts after 1 h; accepted: 60 at most",
        ),
        (
            {"models__0__batch": {"every_hours": 24}, "models__0__monitoring": {"alarm_periods": 8}},
            "models.0.batch.every_hours",
            "found 24 with monitoring.alarm_periods of 8; accepted: at most 21",
        ),
        (
            {"models__0__batch": {"instance_type": "ml.g5.xlarge"}},
            "models.0.batch.instance_type",
            "found 'ml.g5.xlarge', which instances.processing does not allow",
        ),
        (
            {"models__0__batch": {"labels_within_hours": 48, "join": False}},
            "models.0.batch.labels_within_hours",
            "found 48 with join: false; accepted: 0, or join: true, for the rows may be gone by then",
        ),
        (
            {"models__0__batch": {"labels_within_hours": 2, "max_runtime_minutes": 120}},
            "models.0.batch.labels_within_hours",
            "found 2, but a batch may take 120 minutes; accepted: more than that, or 0",
        ),
        (
            {
                "models__0__batch": {"labels_within_hours": 49},
                "environments__0__retention": {"capture_days": 2},
            },
            "models.0.batch.labels_within_hours",
            "found 49, but dev deletes what is captured after 48 h; accepted: at most 48",
        ),
        (
            {"models__0__batch": {"labels_within_hours": 24}, "models__0__monitoring": {"engine": "managed"}},
            "models.0.batch.labels_within_hours",
            "found 24 with engine: managed; accepted: 0, for SageMaker's schedules look once",
        ),
        ({"models__0__batch": {"instance_type": "ml.m5.larg"}}, "models.0.batch.instance_type", "transform jobs"),
    ],
)
def test_what_could_never_run_is_told(tmp_path: Path, changes: dict[str, Any], path: str, says: str) -> None:
    write(tmp_path, **changes)
    assert says in told(tmp_path)[path]


@given(st.integers(1_600_000_000, 4_000_000_000))
def test_a_batch_is_known_by_the_minute_in_which_it_was_due(seconds: int) -> None:
    due = datetime.fromtimestamp(seconds, UTC)
    job = job_name(LONGEST, due)
    assert len(job) <= JOB_NAME_MAX
    runs = [monitor_name(LONGEST, due), *(judge_name(LONGEST, due, attempt) for attempt in (1, 2, 3))]
    assert max(map(len, runs)) <= JOB_NAME_MAX
    minute = due.replace(second=0, microsecond=0)
    assert [late_look(LONGEST, run) for run in runs] == [None, (minute, 1), (minute, 2), (minute, 3)]
    assert late_look(CHURN, runs[-1]) is None
    assert due_of(LONGEST, job) == minute
    assert job != job_name(LONGEST, due + timedelta(hours=1))
    assert due_of(CHURN, job) is None


@pytest.mark.parametrize(
    "name", ["risk-dev-churn-batch-", "risk-dev-churn-batch-2026", "risk-dev-churn-batch-batch-1", ""]
)
def test_other_names_are_no_batches(name: str) -> None:
    assert due_of(CHURN, name) is None


def test_rows_and_answers_lie_apart() -> None:
    due = datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
    plain = BatchPolicy(86400, "ml.m5.large", 1, 3600, "rows", "all", True, "ml.m5.large")
    places = {taken: replace(plain, taken=taken).rows_prefix(CHURN, due) for taken in ("all", "day", "hour")}  # type: ignore[arg-type]
    assert places == {
        "all": "churn/batch/rows/",
        "day": "churn/batch/rows/2026/11/20/",
        "hour": "churn/batch/rows/2026/11/20/09/",
    }
    assert answers_prefix(CHURN, job_name(CHURN, due)) == "churn/batch/answers/risk-dev-churn-batch-20261120T0917/"


@pytest.mark.parametrize(("managed", "periods"), [(False, 3), (True, 5)])
def test_sagemakers_own_monitor_comes_later_and_is_not_silent_before(managed: bool, periods: int) -> None:
    hourly = BatchPolicy(3600, "ml.m5.large", 1, 3600, "rows", "all", True, "ml.m5.large", managed=managed)
    assert hourly.silent_periods == periods
