"""Push the images that `make images` built to a team's repositories, and the team's own: `make push TEAM=risk`.

For where CodeBuild cannot be used (`make build` needs no container engine). The team's own are built of their folders
first. Each goes under the tag of its content, which the deployed stacks refer to. The repositories are there after the
first deploy; their tags are immutable, so an image that is there already stays as it is.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from core.config.load import InvalidTeams
from core.contracts.content import content_tag
from infra.images import built_images, image_uris, own_image_uris
from infra.tenant import Tenant
from tools.chosen import NoSuchEnvironment, chosen

ROOT = Path(__file__).resolve().parents[1]


class CannotPush(Exception):
    """Nothing more is pushed; the message is one sentence about why and what to do."""


def commands(tenant: Tenant) -> list[list[str]]:
    """Name each image as the team's repository expects it, or build it under that name, and push it."""
    tag, own, uris = content_tag(ROOT), own_image_uris(tenant), image_uris(tenant)
    folders = {image.name: image.folder for image in built_images(tenant) if image.folder is not None}
    named = [(["docker", "tag", f"homeostat/{name}:{tag}", uri], uri) for name, uri in uris.items()]
    named += [(["docker", "build", "--tag", uri, str(folders[name])], uri) for name, uri in own.items()]
    return [command for make, uri in named for command in (make, ["docker", "push", uri])]


def main() -> int:
    parser = argparse.ArgumentParser(description="Push the built images to a team's repositories.")
    parser.add_argument("team", help="name of the team, as in its file")
    parser.add_argument("--environment", help="one environment; all of the team's, where none is named")
    told = parser.parse_args()
    try:
        if shutil.which("docker") is None:
            raise CannotPush("there is no `docker` here: install a container engine with Docker's command line")
        for tenant in chosen(told.team, told.environment):
            _log_in(tenant)
            for command in commands(tenant):
                if subprocess.run(command, check=False).returncode:
                    raise CannotPush(
                        f"{' '.join(command)} failed; did `make images` build them, and is the team deployed?"
                    )
    except (CannotPush, NoSuchEnvironment, InvalidTeams, BotoCoreError, ClientError) as error:
        print(f"not pushed: {error}", file=sys.stderr)
        return 1
    return 0


def _log_in(tenant: Tenant) -> None:
    """The token is handed over by standard input, where no other process sees it."""
    [data] = boto3.client("ecr", region_name=tenant.region).get_authorization_token()["authorizationData"]
    user, password = base64.b64decode(data["authorizationToken"]).decode().split(":", 1)
    command = ["docker", "login", "--username", user, "--password-stdin", data["proxyEndpoint"]]
    if subprocess.run(command, input=password, text=True, check=False, stdout=subprocess.DEVNULL).returncode:
        raise CannotPush(f"docker could not log in to {data['proxyEndpoint']}")


if __name__ == "__main__":
    sys.exit(main())
