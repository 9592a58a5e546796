"""`make team NAME=risk`: write a team file to start with, complete with every key and its meaning."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from pathlib import Path

from core.config.load import InvalidTeams, load_teams
from core.config.strict import IN_WORDS
from core.config.team import Team
from core.names import TEAM_PATTERN
from tools.starter import lines

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = [IPv4Network(f"10.{second}.0.0/16") for second in (*range(20, 256), *range(20))]
HEAD = """\
# yaml-language-server: $schema=../docs/team.schema.json
#
# Team {name}. Change owners and environments, then see whether it is valid with `make synth`.
# A line such as #mlflow: true is a key that can be set: take its # away, and that of what it stands in.
# A line with two of them cannot stand beside all others: the sentence above it says why.
# docs/config.md says the same as a page, with examples.

"""


class Refused(ValueError):
    """No team file is written; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="name of the team")
    parser.add_argument("--teams", type=Path, default=ROOT / "teams", help="folder of the team files")
    told = parser.parse_args(arguments)
    try:
        path, cidr = write(told.teams, told.name)
    except (Refused, InvalidTeams) as fault:
        print(f"make team: {fault}", file=sys.stderr)
        return 1
    print(f"wrote {path.parent.name}/{path.name} with the free range {cidr}; change its owners, then `make synth`")
    return 0


def write(folder: Path, name: str) -> tuple[Path, IPv4Network]:
    """The new file, and the range of its network. Raises Refused, or InvalidTeams where the other files are faulty."""
    if not re.fullmatch(TEAM_PATTERN, name):
        found = f"found {name!r} as NAME" if name else "no NAME is given"
        raise Refused(f"{found}; accepted: {IN_WORDS[f'^{TEAM_PATTERN}$']}, as in `make team NAME=risk`")
    path = folder / f"{name}.yaml"
    if path.exists() or path.is_symlink():
        raise Refused(f"{folder.name}/{path.name} exists already; edit it, or choose another NAME")
    teams = load_teams(folder) if any(folder.glob("*.yaml")) else ()
    if any(team.team == name for team in teams):
        raise Refused(f"a file in {folder.name}/ describes team {name!r} already; choose another NAME")
    cidr = free(teams)
    text = starter(name, cidr)
    _must_be_valid(text, name)
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path, cidr


def free(teams: Iterable[Team]) -> IPv4Network:
    """A range that no team uses."""
    networks = [environment.network for team in teams for environment in team.environments]
    taken = [network.cidr for network in networks if network.existing is None]
    for block in BLOCKS:
        if not any(block.overlaps(other) for other in taken):
            return block
    raise Refused("every /16 of 10.0.0.0/8 is taken by a team; write the file by hand with a smaller range")


def starter(name: str, cidr: IPv4Network) -> str:
    given = {"team": name, "environments": [{"name": "dev", "network": {"cidr": str(cidr)}}]}
    return HEAD.format(name=name) + "".join(f"{line}\n" for line in lines(Team, given))


def _must_be_valid(text: str, name: str) -> None:
    """A name can be what a service keeps for itself."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        load_teams(Path(folder))


if __name__ == "__main__":
    sys.exit(main())
