"""What an operator does and sees: the commands over a ledger in DynamoDB and a queue in SQS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.contracts.ledger import PARTITION_KEY, SORT_KEY, TEAM, Key
from core.contracts.requests import RetrainingAsked
from core.names import TeamNames
from core.remediation.approval import code
from core.remediation.items import from_item, key_item, to_item
from core.remediation.outcomes import Outcome
from core.remediation.parts import Approval, Entry
from core.remediation.rows import ActRow, EpisodeRow, ModelRow, Row, TeamRow
from tests.lambdas.aws import account
from tests.lambdas.world import HOME
from tools import episodes, remediation

RISK = TeamNames("risk", "dev")
NOW = datetime.now(UTC).replace(microsecond=0)
TEAM_FILE: dict[str, Any] = {
    "team": "risk",
    "owners": ["o@example.com"],
    "environments": [{"name": "dev", "account": HOME.account, "region": HOME.region}],
    "models": [
        {"name": "churn", "label": "left", "features": {"age": "numeric", "visits": "numeric"}},
        {"name": "fraud", "label": "is", "features": {"age": "numeric"}},
    ],
}
ASKED = EpisodeRow(
    id="3f" * 32,
    model="churn",
    source="arn:aws:cloudwatch:us-east-1:111122223333:alarm:risk-dev-churn-quality",
    trouble="quality",
    raised_at=NOW - timedelta(hours=1),
    reason="Threshold Crossed",
    outcome=Outcome.APPROVAL_PENDING,
    why="The world moved. accuracy is 0.61 against 0.78.",
    verdict="REAL_DRIFT",
    cause="the world moved",
    evidence=("accuracy is 0.61 against 0.78.",),
    response="ask",
    report_end=NOW.isoformat(),
    train_on="recent",
    recent_from="2026-11-20T10:00:00+00:00",
    recent_until="2026-11-20T12:00:00+00:00",
    without="none",
    history=(Entry(at=NOW - timedelta(hours=1), outcome=Outcome.APPROVAL_PENDING, why="The world moved."),),
    approval=Approval(until=NOW + timedelta(hours=4), in_service=3),
    revision=1,
)


@dataclass
class Desk:
    """An operator at their desk, in an account with the environment's ledger and queue."""

    clients: Any
    folder: Path
    queue: str
    capsys: pytest.CaptureFixture[str]

    def put(self, *rows: Row) -> None:
        for row in rows:
            self.clients("dynamodb").put_item(TableName=RISK.ledger, Item=to_item(row))

    def row(self, key: Key) -> Any:
        item = self.clients("dynamodb").get_item(TableName=RISK.ledger, Key=key_item(key)).get("Item")
        return from_item(item) if item else None

    @property
    def acts(self) -> list[ActRow]:
        rows = map(from_item, self.clients("dynamodb").scan(TableName=RISK.ledger)["Items"])
        return [row for row in rows if isinstance(row, ActRow)]

    @property
    def messages(self) -> list[dict[str, Any]]:
        got = self.clients("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", ())
        return [json.loads(message["Body"]) for message in got]

    def does(self, *arguments: str) -> tuple[int, str]:
        """Exit status, and what was said."""
        command, *more = arguments
        status = remediation.main([command, "risk", "--teams", str(self.folder), *more])
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def sees(self, *arguments: str) -> str:
        assert episodes.main(["risk", "--teams", str(self.folder), *arguments]) == 0
        return self.capsys.readouterr().out


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    (tmp_path / "risk.yaml").write_text(yaml.safe_dump(TEAM_FILE))
    with account(monkeypatch) as clients:
        keys = ((PARTITION_KEY, "HASH"), (SORT_KEY, "RANGE"))
        clients("dynamodb").create_table(
            TableName=RISK.ledger,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        queue = clients("sqs").create_queue(QueueName=RISK.queue("remediate"))["QueueUrl"]
        made = Desk(clients, tmp_path, queue, capsys)
        made.put(ModelRow(model="churn", in_service=3, asked=ASKED.id, revision=1), ASKED)
        yield made


def test_a_model_is_frozen_with_who_and_why_and_thawed_again(desk: Desk) -> None:
    status, said = desk.does("freeze", "--model", "churn", "--why", "incident 7")
    assert (status, "churn is frozen" in said) == (0, True)
    row = desk.row(Key.of_model("churn"))
    assert (row.frozen, row.asked) == ("incident 7", ASKED.id)
    assert row.frozen_by.startswith("arn:aws:")
    assert [(act.model, act.what, act.why, act.by) for act in desk.acts] == [
        ("churn", "freeze", "incident 7", row.frozen_by)
    ]
    assert desk.does("freeze", "--model", "churn", "--why", "again")[1].startswith("nothing to do: churn is frozen by")
    assert desk.does("unfreeze", "--model", "churn", "--why", "it is over")[0] == 0
    assert desk.row(Key.of_model("churn")).frozen == ""
    assert [message["detail-type"] for message in desk.messages] == ["Sweep Due"], "what waits is looked at now"


def test_the_whole_environment_is_frozen_and_a_spent_budget_is_lifted_with_it(desk: Desk) -> None:
    desk.put(TeamRow(starts_frozen="the budget is spent", budget_month="2026-11", revision=4))
    desk.does("freeze", "--why", "incident 7")
    assert desk.row(Key.team()).frozen == "incident 7"
    desk.does("unfreeze", "--why", "more money")
    assert (desk.row(Key.team()).no_starts, desk.row(Key.team()).revision) == ("", 6)
    assert {act.model for act in desk.acts} == {TEAM}


def test_a_question_is_answered_by_its_code_alone(desk: Desk) -> None:
    status, said = desk.does("approve", "--code", code(ASKED))
    assert (status, said.startswith("approved: a run of churn is started as soon as all limits allow it")) == (0, True)
    row = desk.row(ASKED.key)
    assert row.approval.granted
    assert row.approval.by.startswith("arn:aws:")
    assert desk.messages[0]["detail-type"] == "Sweep Due"
    status, said = desk.does("decline", "--code", code(ASKED), "--why", "no")
    assert (status, "approved it at" in said) == (1, True)


def test_who_declines_says_why(desk: Desk) -> None:
    assert desk.does("decline", "--code", code(ASKED), "--why", "a release is due")[0] == 0
    row = desk.row(ASKED.key)
    assert (row.outcome, desk.row(Key.of_model("churn")).asked) == (Outcome.DECLINED, "")
    assert "a release is due" in row.why


@pytest.mark.parametrize("given", ["0" * 12, "nonsense", ""])
def test_a_code_that_is_nobody_s_is_refused(desk: Desk, given: str) -> None:
    status, said = desk.does("approve", "--code", given)
    assert (status, "nothing was ever asked under the code" in said) == (1, True)


def test_an_answer_that_is_too_late_is_refused(desk: Desk) -> None:
    assert ASKED.approval is not None
    late = replace(ASKED, approval=replace(ASKED.approval, until=NOW - timedelta(minutes=1)))
    desk.put(late)
    status, said = desk.does("approve", "--code", code(late))
    assert (status, "too late. Nobody approved it until" in said) == (1, True)
    assert not desk.row(ASKED.key).approval.granted


def test_a_run_is_asked_for_in_words_that_the_function_reads(desk: Desk) -> None:
    status, said = desk.does(
        *("retrain", "--model", "churn", "--why", "new labels", "--train-on", "recent", "--recent-days", "3"),
        *("--without", "age", "--request", "ticket-4711"),
    )
    assert status == 0
    (message,) = desk.messages
    asked = RetrainingAsked.parse(message)
    assert (asked.endpoint, asked.id, asked.train_on, asked.recent_days) == (
        "risk-dev-churn",
        "ticket-4711",
        "recent",
        3,
    )
    assert (asked.without, asked.why) == (("age",), "new labels")
    assert abs(asked.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert "as episode " in said


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--model", "nothing"), "has no model 'nothing'; it has churn, fraud"),
        (("--model", "churn", "--without", "height"), "accepted are some, not all, of age, visits"),
        (("--model", "fraud", "--without", "age"), "accepted are some, not all, of age"),
        (("--model", "churn", "--recent-days", "0"), "not a whole number from 1 to 365"),
        (("--model", "churn", "--request", "short"), "8 to 64 letters"),
    ],
)
def test_a_run_that_makes_no_sense_is_not_asked_for(desk: Desk, more: tuple[str, ...], told: str) -> None:
    status, said = desk.does("retrain", "--why", "x", *more)
    assert (status, told in said) == (1, True), said
    assert desk.messages == []


def test_a_circuit_is_closed_and_a_version_allowed_again(desk: Desk) -> None:
    desk.put(ModelRow(model="churn", attempts=3, blocked=(7, 8), revision=1))
    assert desk.does("circuit", "--model", "churn", "--why", "mended")[0] == 0
    assert desk.does("unblock", "--model", "churn", "--version", "7", "--why", "mended")[0] == 0
    row = desk.row(Key.of_model("churn"))
    assert (row.attempts, row.blocked, row.revision) == (0, (8,), 3)
    assert "blocked are: 8" in desk.does("unblock", "--model", "churn", "--version", "7", "--why", "x")[1]


def test_without_a_reason_nothing_is_done(desk: Desk) -> None:
    for why in ((), ("--why", "  ")):
        with pytest.raises(SystemExit):
            desk.does("freeze", *why)
    assert desk.row(Key.team()) is None


def test_where_a_team_has_several_environments_one_must_be_named(desk: Desk) -> None:
    two = {**TEAM_FILE, "environments": [*TEAM_FILE["environments"], {**TEAM_FILE["environments"][0], "name": "prod"}]}
    two["environments"][1]["network"] = {"cidr": "10.21.0.0/16"}
    (desk.folder / "risk.yaml").write_text(yaml.safe_dump(two))
    status, said = desk.does("freeze", "--why", "x")
    assert (status, "say which one with ENV=: dev, prod" in said) == (1, True)
    assert desk.does("freeze", "--environment", "dev", "--why", "x")[0] == 0


def test_what_aws_refuses_is_said_in_one_line(desk: Desk) -> None:
    desk.clients("dynamodb").delete_table(TableName=RISK.ledger)
    status, said = desk.does("freeze", "--why", "x")
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("not done, AWS says: ")


def test_the_overview_tells_newest_first_what_happened_and_why(desk: Desk) -> None:
    older = replace(
        ASKED,
        id="aa" * 32,
        trouble="schedule",
        raised_at=NOW - timedelta(days=2),
        outcome=Outcome.PROMOTED,
        why="Version 3 is in service.",
        history=(Entry(at=NOW, outcome=Outcome.PROMOTED, why="x", cents=12, billed=True),),
    )
    desk.put(older)
    desk.does("freeze", "--model", "churn", "--why", "incident 7")
    page = desk.sees()
    assert page.index("incident 7") < page.index("3f3f3f3f3f3f") < page.index("aaaaaaaaaaaa")
    for part in ("FROZEN by", "version 3", "the quality alarm", "REAL_DRIFT", "A retraining waits for your"):
        assert part in page
    for part in ("a scheduled", "A new version", "0.12 USD"):
        assert part in page
    assert "fraud" not in desk.sees("--model", "churn")


def test_one_episode_is_told_in_full(desk: Desk) -> None:
    page = desk.sees("--episode", "3f3f")
    for part in (
        "REAL_DRIFT: the world moved",
        "accuracy is 0.61 against 0.78.",
        "s3://risk-dev-reports-111122223333-us-east-1/churn/",
        f"code {code(ASKED)}",
        "requests from 2026-11-20T10:00 to 2026-11-20T12:00",
        "no: it is looked at again",
    ):
        assert part in page


def test_an_episode_that_is_not_there_is_said_so(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert episodes.main(["risk", "--teams", str(desk.folder), "--episode", "77"]) == 1
    assert "0 episodes begin with '77'" in capsys.readouterr().err


def test_a_ledger_of_many_pages_is_read_to_its_end(desk: Desk) -> None:
    long = "x" * 30_000
    for number in range(60):
        desk.put(replace(ASKED, id=f"{number:064x}", why=long, approval=None))
    page = desk.sees("--all")
    assert all(f"{number:064x}"[:12] in page for number in range(60))
    assert "older ones: --all" in desk.sees()


def test_the_page_for_operators_shows_every_command_with_what_it_says(desk: Desk) -> None:
    """The sentences of its examples are those that the commands print."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    desk.put(ModelRow(model="churn", attempts=3, blocked=(7, 8), in_service=3, asked=ASKED.id, revision=1))
    for command, *more in (
        ("approve", "--code", code(ASKED)),
        ("freeze", "--model", "churn", "--why", "incident 7"),
        ("unfreeze", "--model", "churn", "--why", "it is over"),
        ("circuit", "--model", "churn", "--why", "mended"),
        ("unblock", "--model", "churn", "--version", "7", "--why", "mended"),
        ("unblock", "--model", "churn", "--version", "9", "--why", "mended"),
        ("retrain", "--model", "churn", "--why", "x", "--without", "height"),
    ):
        assert desk.does(command, *more)[1].strip() in page
        assert f"$ make {command} TEAM=risk" in page
