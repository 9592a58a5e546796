"""What an operator does about a team's remediation: `make freeze`, `unfreeze`, `approve`, `decline`, `retrain`,
`circuit` and `unblock`. Works with the caller's own AWS credentials, on AWS or the embedded one.

Each act is one write in the team's ledger, with who and why beside it; `make episodes` shows them.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from core.config.load import InvalidTeams
from core.contracts.event_fields import NotThisEvent
from core.contracts.events import SweepDue
from core.contracts.ledger import Key
from core.contracts.requests import RetrainingAsked
from core.remediation.acts import NothingToDo
from core.remediation.approval import NotAnswered, code
from core.remediation.episode import demanded
from core.remediation.intake import wanted
from infra.tenant import TEAMS, Tenant
from lambdas.failures import Refused, Unavailable
from tools import operate
from tools.chosen import NoSuchEnvironment, chosen
from tools.ledger_table import LedgerTable

Command = Callable[[LedgerTable, argparse.Namespace], str]


class Impossible(Exception):
    """The message is one sentence about what is missing."""


def main(arguments: list[str] | None = None) -> int:
    told = _arguments(arguments)
    try:
        table = LedgerTable(_one(told))
        print(_COMMANDS[told.command](table, told))
    except NothingToDo as reason:
        print(f"nothing to do: {reason}")
    except (NotAnswered, NotThisEvent, Impossible, NoSuchEnvironment, InvalidTeams) as reason:
        print(f"not done: {reason}", file=sys.stderr)
        return 1
    except (Refused, Unavailable, BotoCoreError, ClientError) as reason:
        print(f"not done, AWS says: {reason}", file=sys.stderr)
        return 1
    return 0


def _freeze(table: LedgerTable, told: argparse.Namespace) -> str:
    return operate.freeze(table.ledger, _model(table.tenant, told.model), told.why, table.who())


def _unfreeze(table: LedgerTable, told: argparse.Namespace) -> str:
    said = operate.unfreeze(table.ledger, _model(table.tenant, told.model), told.why, table.who())
    return f"{said}; {_look_again(table)}"


def _circuit(table: LedgerTable, told: argparse.Namespace) -> str:
    model = _named(table.tenant, told.model)
    return f"{operate.close_circuit(table.ledger, model, told.why, table.who())}; {_look_again(table)}"


def _unblock(table: LedgerTable, told: argparse.Namespace) -> str:
    return operate.unblock(table.ledger, _named(table.tenant, told.model), told.version, told.why, table.who())


def _approve(table: LedgerTable, told: argparse.Namespace) -> str:
    model, episode = _question(table, told.code)
    return f"{operate.approve(table.ledger, model, episode, told.code, table.who())}; {_look_again(table)}"


def _decline(table: LedgerTable, told: argparse.Namespace) -> str:
    model, episode = _question(table, told.code)
    return operate.decline(table.ledger, model, episode, told.code, told.why, table.who())


def _retrain(table: LedgerTable, told: argparse.Namespace) -> str:
    """A message in the queue, as a schedule's: the limits are looked at where the message is worked on."""
    model = _named(table.tenant, told.model)
    names = table.tenant.names.model(model)
    asked = RetrainingAsked(
        endpoint=names.endpoint,
        id=told.request or uuid.uuid4().hex,
        at=table.ledger.read(Key.team()).now,
        by=table.who()[:256],
        why=told.why,
        train_on=told.train_on,
        recent_days=told.recent_days,
        without=tuple(told.without),
    )
    (policy,) = (each.policy(names, 0) for each in table.tenant.team.models if each.name == model)
    wanted(RetrainingAsked.parse(asked.body()), {names.endpoint: policy}, asked.at)
    table.remediate.send(asked.body())
    episode = demanded(names.endpoint, asked.id, asked.at).id
    return f"asked for, as episode {episode[:12]}; `make episodes {_place(table.tenant)}` shows what becomes of it"


_COMMANDS: dict[str, Command] = {
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "approve": _approve,
    "decline": _decline,
    "retrain": _retrain,
    "circuit": _circuit,
    "unblock": _unblock,
}


def _question(table: LedgerTable, told: str) -> tuple[str, str]:
    """Model and episode that the code is of; the code alone says which, so nobody has to name them."""
    for model in table.tenant.team.models:
        for episode in table.episodes(model.name):
            if episode.approval is not None and code(episode) == told:
                return model.name, episode.id
    raise NotAnswered(f"nothing was ever asked under the code {told[:40]!r} in {table.tenant.names.prefix}")


def _look_again(table: LedgerTable) -> str:
    """The functions look by themselves every few minutes; they are asked to look now."""
    try:
        table.remediate.send(SweepDue.body())
        return "it is looked at now"
    except (Refused, Unavailable):
        return "it is looked at with the next sweep, within 15 minutes"


def _one(told: argparse.Namespace) -> Tenant:
    found = chosen(told.team, told.environment, told.teams)
    if len(found) > 1:
        known = ", ".join(each.environment.name for each in found)
        raise Impossible(f"team {told.team!r} has several environments; say which one with ENV=: {known}")
    return found[0]


def _model(tenant: Tenant, name: str | None) -> str | None:
    return None if not name else _named(tenant, name)


def _named(tenant: Tenant, name: str) -> str:
    known = [model.name for model in tenant.team.models]
    if name not in known:
        raise Impossible(f"team {tenant.team.team!r} has no model {name!r}; it has {', '.join(known) or 'none'}")
    return name


def _place(tenant: Tenant) -> str:
    return f"TEAM={tenant.team.team} ENV={tenant.environment.name}"


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.remediation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, text: str, *, why: bool = True, model: str = "") -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("team", help="name of the team, as in its file")
        command.add_argument("--environment", help="needed where the team has several")
        command.add_argument("--teams", type=Path, default=TEAMS, help="folder of the team files")
        if model:
            command.add_argument("--model", required=model == "required", help="name of the model")
        if why:
            command.add_argument("--why", required=True, type=_said, help="why, for the ledger")
        return command

    add("freeze", "start and deploy nothing any more, for one model or the whole environment", model="optional")
    add("unfreeze", "lift a freeze, also that of a spent budget", model="optional")
    add("approve", "let a run start that a person was asked about", why=False).add_argument("--code", required=True)
    add("decline", "say no to it").add_argument("--code", required=True)
    retrain = add("retrain", "ask for a run, within all limits", model="required")
    retrain.add_argument("--train-on", choices=RetrainingAsked.TRAIN_ON, default="all", help="which rows (all)")
    retrain.add_argument("--recent-days", type=int, default=7, help="requests of so many days before now (7)")
    retrain.add_argument("--without", action="append", default=[], help="a feature that the model must not lean on")
    retrain.add_argument("--request", help="id of the request: the same id is the same run (made up)")
    add("circuit", "close a circuit: let runs start again that brought no better model", model="required")
    add("unblock", "let a version be deployed again", model="required").add_argument(
        "--version", type=int, required=True
    )
    return parser.parse_args(arguments)


def _said(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("say why, in some words")
    return text.strip()[:512]


if __name__ == "__main__":
    sys.exit(main())
