"""What happened to a team's models and why, newest first: `make episodes TEAM=risk [ENV=dev] [MODEL=churn]`, and
`EPISODE=3f2a` for everything about one. Reads the ledger and nothing else.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from core.config.load import InvalidTeams
from core.contracts.ledger import TEAM
from core.remediation.rows import ActRow, EpisodeRow, ModelRow, TeamRow
from infra.tenant import TEAMS, Tenant
from lambdas.failures import Refused, Unavailable
from tools.chosen import NoSuchEnvironment, chosen
from tools.episode_page import detail, overview, table
from tools.ledger_table import LedgerTable

MOST = 20
WIDE = 160
"""Columns where the output is no terminal."""


class NoSuchEpisode(Exception):
    """The message is one sentence with what there is."""


def main(arguments: list[str] | None = None) -> int:
    told = _arguments(arguments)
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    try:
        for tenant in chosen(told.team, told.environment, told.teams):
            _show(console, tenant, told)
    except (NoSuchEnvironment, NoSuchEpisode, InvalidTeams) as reason:
        print(reason, file=sys.stderr)
        return 1
    except (Refused, Unavailable, BotoCoreError, ClientError) as reason:
        print(f"the ledger cannot be read: {reason}", file=sys.stderr)
        return 1
    return 0


def _show(console: Console, tenant: Tenant, told: argparse.Namespace) -> None:
    ledger = LedgerTable(tenant)
    team, acts, episodes = TeamRow(), list[ActRow](), list[EpisodeRow]()
    models: list[ModelRow] = []
    for partition in (TEAM, *_models(tenant, told.model)):
        for row in ledger.rows(partition):
            match row:
                case TeamRow():
                    team = row
                case ModelRow():
                    models.append(row)
                case EpisodeRow():
                    episodes.append(row)
                case ActRow():
                    acts.append(row)
    if told.episode:
        console.print(detail(tenant, _one(episodes, told.episode)))
        return
    console.print(overview(tenant, team, models))
    console.print(table(episodes, acts, None if told.all else MOST))


def _models(tenant: Tenant, model: str | None) -> list[str]:
    known = [each.name for each in tenant.team.models]
    if model and model not in known:
        raise NoSuchEpisode(f"team {tenant.team.team!r} has no model {model!r}; it has {', '.join(known)}")
    return [model] if model else known


def _one(episodes: list[EpisodeRow], beginning: str) -> EpisodeRow:
    found = [episode for episode in episodes if episode.id.startswith(beginning)]
    if len(found) != 1:
        raise NoSuchEpisode(f"{len(found)} episodes begin with {beginning!r}; name one by its first digits")
    return found[0]


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.episodes", description=__doc__)
    parser.add_argument("team", help="name of the team, as in its file")
    parser.add_argument("--environment", help="one environment; all of the team's, where none is named")
    parser.add_argument("--model", help="one model; all of the team's, where none is named")
    parser.add_argument("--episode", help="first digits of an episode: everything about it")
    parser.add_argument("--all", action="store_true", help=f"more than the newest {MOST}")
    parser.add_argument("--teams", type=Path, default=TEAMS, help="folder of the team files")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
