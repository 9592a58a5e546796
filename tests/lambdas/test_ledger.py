"""The ledger in DynamoDB: transactions, revisions and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.contracts.ledger import Key
from core.contracts.quotas import State
from core.remediation.outcomes import Outcome
from core.remediation.parts import Claim
from core.remediation.rows import EpisodeRow, ModelRow, QuotaRow, RejectedRow, TeamRow
from lambdas.failures import Refused, Stale, Unavailable
from lambdas.ledger import DynamoLedger
from tests.lambdas.aws import PLENTY, account, make_ledger
from tests.lambdas.world import TEAM

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPISODE = EpisodeRow(id="ab" * 32, model="progression", source="alarm", raised_at=AT, reason="it was raised")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as clients:
        client = clients("dynamodb")
        make_ledger(client)
        yield client


@pytest.fixture
def ledger(client: Any) -> DynamoLedger:
    return DynamoLedger(PLENTY, client, TEAM.ledger)


def test_rows_come_back_as_they_were_written_with_the_next_revision(ledger: DynamoLedger) -> None:
    model = ModelRow(model="progression", claim=Claim(episode=EPISODE.id, at=AT), starts=(AT,), blocked=(2, 3))
    episode = replace(EPISODE, outcome=Outcome.STARTED, announced=(Outcome.STARTED,), not_before=AT)
    rejected = RejectedRow(digest="d", reason="too old", at=AT, head="{", expires_at=1)
    quota = QuotaRow(name="q", state=State.CASE_OPENED, wanted=4, case_id="1234", since=AT)
    ledger.commit(model, episode, TeamRow(frozen="incident 7"), rejected, quota)
    reading = ledger.read(model.key, episode.key, Key.team(), rejected.key, quota.key)
    assert reading.model("progression") == replace(model, revision=1)
    assert reading.episode("progression", EPISODE.id) == replace(episode, revision=1)
    assert reading.team == TeamRow(frozen="incident 7", revision=1)
    assert reading.rows[rejected.key] == replace(rejected, revision=1)
    assert reading.rows[quota.key] == replace(quota, revision=1)


def test_a_row_that_does_not_exist_reads_as_an_empty_one(ledger: DynamoLedger) -> None:
    reading = ledger.read(Key.team(), Key.of_model("progression"))
    assert (reading.team, reading.model("progression")) == (TeamRow(), ModelRow(model="progression"))
    assert reading.episode("progression", EPISODE.id) is None


def test_the_clock_is_the_tables_own(ledger: DynamoLedger) -> None:
    assert abs(ledger.read(Key.team()).now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_write_of_what_has_changed_since_is_refused_and_writes_nothing(ledger: DynamoLedger) -> None:
    ledger.commit(ModelRow(model="progression"))
    with pytest.raises(Stale):
        ledger.commit(ModelRow(model="progression", attempts=1), EPISODE)
    assert ledger.read(EPISODE.key).rows == {}


def test_a_write_beside_a_row_that_has_changed_since_is_refused(ledger: DynamoLedger) -> None:
    unfrozen = ledger.read(Key.team()).team
    ledger.commit(TeamRow(frozen="incident 7"))
    with pytest.raises(Stale):
        ledger.commit(ModelRow(model="progression"), unchanged=(unfrozen,))
    ledger.commit(ModelRow(model="progression"), unchanged=(ledger.read(Key.team()).team,))


@pytest.mark.fault("F19")
@pytest.mark.parametrize("existing", [False, True])
def test_of_ten_handlers_that_read_the_same_row_one_claims_it(ledger: DynamoLedger, existing: bool) -> None:
    if existing:
        ledger.commit(ModelRow(model="progression"))
    model = ledger.read(Key.of_model("progression")).model("progression")
    won: list[str] = []
    for number in map(str, range(10)):
        with suppress(Stale):
            ledger.commit(replace(model, claim=Claim(episode=number, at=AT)), replace(EPISODE, id=number))
            won.append(number)
    reading = ledger.read(Key.of_model("progression"), *(Key.episode("progression", str(each)) for each in range(10)))
    assert won == ["0"]
    assert reading.model("progression").claim == Claim(episode="0", at=AT)
    assert len(reading.rows) == 2


def test_an_older_row_without_a_newer_field_reads_with_its_default(client: Any, ledger: DynamoLedger) -> None:
    ledger.commit(ModelRow(model="progression", attempts=2))
    key = {"model": {"S": "progression"}, "row": {"S": "model"}}
    client.update_item(TableName=TEAM.ledger, Key=key, UpdateExpression="REMOVE unannounced")
    assert ledger.read(Key.of_model("progression")).model("progression").unannounced == ()


def test_a_row_of_an_unknown_kind_is_not_guessed_at(client: Any, ledger: DynamoLedger) -> None:
    client.put_item(TableName=TEAM.ledger, Item={"model": {"S": "*"}, "row": {"S": "surprise"}})
    with pytest.raises(LookupError, match="surprise"):
        ledger.read(Key("*", "surprise"))


@pytest.mark.fault("F21")
def test_without_a_table_nothing_is_read(client: Any) -> None:
    with pytest.raises(Refused):
        DynamoLedger(PLENTY, client, "other").read(Key.team())


def test_an_answer_without_a_clock_decides_nothing(client: Any, ledger: DynamoLedger) -> None:
    def strip(parsed: dict[str, Any], **_: Any) -> None:
        parsed["ResponseMetadata"]["HTTPHeaders"].pop("date")

    client.meta.events.register("after-call.dynamodb", strip)
    with pytest.raises(Unavailable, match="Date"):
        ledger.read(Key.team())
