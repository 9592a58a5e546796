"""An account in moto: the team's table, topic, buckets and parameters, empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto import mock_aws

from core.contracts.ledger import PARTITION_KEY, SORT_KEY
from lambdas import calls
from lambdas.calls import Calls
from tests.lambdas.world import HOME, NAMES, POLICY, TEAM

REGION = HOME.region
PLENTY = Calls(lambda: 60_000)
"""All the time that a function has."""


@dataclass(frozen=True)
class Context:
    """What Lambda gives a handler beside the event."""

    remaining_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@contextmanager
def account(monkeypatch: Any) -> Iterator[Any]:
    """Calls inside go to moto. Gives a function that makes clients, as `lambdas.calls.client` does."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "MOTO_ACCOUNT_ID": HOME.account,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    calls.client.cache_clear()
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)
    calls.client.cache_clear()


def make_ledger(client: Any) -> None:
    keys = ((PARTITION_KEY, "HASH"), (SORT_KEY, "RANGE"))
    client.create_table(
        TableName=TEAM.ledger,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def make_bucket(client: Any, purpose: str) -> str:
    bucket = TEAM.bucket(purpose, HOME.account, REGION)
    client.create_bucket(Bucket=bucket)
    return bucket


def make_policy(client: Any) -> None:
    client.put_parameter(Name=NAMES.policy_parameter, Value=POLICY.to_json(), Type="String")
