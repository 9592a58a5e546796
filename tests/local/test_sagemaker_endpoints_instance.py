"""One serving process: its port is its own, and it takes requests until it is retired."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from local.sagemaker.endpoints.endpoint import NOWHERE, Traffic
from local.sagemaker.endpoints.instance import LOOPBACK, Instance, held_port
from local.sagemaker.endpoints.traffic import Lane
from local.sagemaker.runtime import _taken
from local.service import ApiError


@dataclass
class Running:
    """A program that runs until it is stopped."""

    exit_code: int | None = None

    def stop(self, grace_s: float) -> None:
        self.exit_code = 143


def instance() -> Instance:
    running: Any = Running()
    return Instance(running, 1)


def test_a_held_port_is_given_to_nobody_else_and_its_server_can_listen_there() -> None:
    with held_port() as held, socket.socket() as stranger:
        port = held.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            stranger.bind((LOOPBACK, port))
        with (
            socket.create_server((LOOPBACK, port)),  # which reuses addresses, as servers do
            socket.create_connection((LOOPBACK, port)),
        ):
            pass


def test_a_retired_instance_takes_no_request_and_waits_for_those_that_it_has() -> None:
    retired = instance()
    assert retired.take()
    retired.give_back()
    retired.stop()
    assert not retired.take()
    assert not retired.alive


def test_a_request_whose_choice_was_retired_meanwhile_chooses_anew() -> None:
    """The traffic was replaced between its look and its claim."""
    old, new = instance(), instance()
    seen = iter([traffic(old), traffic(new), traffic(new)])
    old.stop()

    class Endpoint:
        name = "swapped"

        @property
        def traffic(self) -> Traffic:
            return next(seen)

    endpoint: Any = Endpoint()
    assert _taken(endpoint, None)[1] is new
    assert (old.outstanding, new.outstanding) == (0, 1)


@pytest.mark.parametrize("all_gone", [True, False])
def test_nobody_answers_where_every_instance_is_retired(all_gone: bool) -> None:
    gone = instance()
    gone.stop()
    endpoint: Any = SimpleNamespace(name="gone", traffic=NOWHERE if all_gone else traffic(gone))
    with pytest.raises(ApiError, match="No instance of endpoint gone is available"):
        _taken(endpoint, None)


def traffic(*instances: Instance) -> Traffic:
    return Traffic((Lane("v", 1.0, instances),), (), {})
