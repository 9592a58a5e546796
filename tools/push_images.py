"""Push the images that `make images` built to a team's repositories: `make push TEAM=risk`.

Under the tag of their content, which the deployed stacks refer to. The repositories are there after the first deploy;
their tags are immutable, so an image that is there already stays as it is.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from core.config.load import InvalidTeams, load_teams
from core.contracts.content import content_tag
from infra.images import image_uris
from infra.tenant import Tenant

ROOT = Path(__file__).resolve().parents[1]


class CannotPush(Exception):
    """Nothing more is pushed; the message is one sentence about why and what to do."""


def commands(tenant: Tenant) -> list[list[str]]:
    """Name each image as the team's repository expects it, and push it."""
    tag = content_tag(ROOT)
    return [
        command
        for name, uri in image_uris(tenant).items()
        for command in (["docker", "tag", f"homeostat/{name}:{tag}", uri], ["docker", "push", uri])
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Push the built images to a team's repositories.")
    parser.add_argument("team", help="name of the team, as in its file")
    parser.add_argument("--environment", help="one environment; all of the team's, where none is named")
    told = parser.parse_args()
    try:
        if shutil.which("docker") is None:
            raise CannotPush("there is no `docker` here: install a container engine with Docker's command line")
        for tenant in _tenants(told.team, told.environment):
            _log_in(tenant)
            for command in commands(tenant):
                if subprocess.run(command, check=False).returncode:
                    raise CannotPush(
                        f"{' '.join(command)} failed; did `make images` build them, and is the team deployed?"
                    )
    except (CannotPush, InvalidTeams, BotoCoreError, ClientError) as error:
        print(f"not pushed: {error}", file=sys.stderr)
        return 1
    return 0


def _tenants(name: str, environment: str | None) -> list[Tenant]:
    teams = {team.team: team for team in load_teams(ROOT / "teams")}
    if name not in teams:
        raise CannotPush(f"there is no team {name!r} in teams/; there are {', '.join(teams)}")
    chosen = [each for each in teams[name].environments if environment in (None, each.name)]
    if not chosen:
        known = ", ".join(each.name for each in teams[name].environments)
        raise CannotPush(f"team {name!r} has no environment {environment!r}; it has {known}")
    return [Tenant(teams[name], each, each.account or _own_account(each.region)) for each in chosen]


def _own_account(region: str) -> str:
    """As `cdk` does: CDK_DEFAULT_ACCOUNT, else the account of the credentials."""
    given = os.environ.get("CDK_DEFAULT_ACCOUNT")
    return given or str(boto3.client("sts", region_name=region).get_caller_identity()["Account"])


def _log_in(tenant: Tenant) -> None:
    """The token is handed over by standard input, where no other process sees it."""
    [data] = boto3.client("ecr", region_name=tenant.region).get_authorization_token()["authorizationData"]
    user, password = base64.b64decode(data["authorizationToken"]).decode().split(":", 1)
    command = ["docker", "login", "--username", user, "--password-stdin", data["proxyEndpoint"]]
    if subprocess.run(command, input=password, text=True, check=False, stdout=subprocess.DEVNULL).returncode:
        raise CannotPush(f"docker could not log in to {data['proxyEndpoint']}")


if __name__ == "__main__":
    sys.exit(main())
