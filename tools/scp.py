"""build/scp.json: a service control policy for the accounts of all teams, to be attached in AWS Organizations."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from core.config.load import InvalidTeams, load_teams
from infra.organisation import LONGEST, TooLong, service_control_policy

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=Path, default=ROOT / "teams", help="folder of the team files")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "scp.json", help="file to write")
    told = parser.parse_args()
    try:
        policy = service_control_policy(load_teams(told.teams))
    except (InvalidTeams, TooLong, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1
    text = json.dumps(policy, indent=1) + "\n"
    told.out.parent.mkdir(parents=True, exist_ok=True)
    told.out.write_text(text)
    length = len(json.dumps(policy, separators=(",", ":")))
    print(f"{told.out}: {length} of at most {LONGEST} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
