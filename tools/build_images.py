"""Build a team's images in its own account and follow the build: `make build TEAM=risk`.

CodeBuild builds what was deployed last, so images and templates belong together: deploy the artifacts stack, build,
deploy the rest. Images that are in their repositories already are not built again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from core.config.load import InvalidTeams
from core.contracts.builds import digests_from_json
from infra.tenant import TEAMS, Tenant
from tools.chosen import NoSuchEnvironment, chosen

PAUSE_S = 5.0
"""Between looks at a build."""


class NotBuilt(Exception):
    """The message is one sentence about why and what to do."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build a team's container images in its account.")
    parser.add_argument("team", help="name of the team, as in its file")
    parser.add_argument("--environment", help="one environment; all of the team's, where none is named")
    parser.add_argument("--teams", type=Path, default=TEAMS, help="folder of the team files")
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="seconds between looks at the build")
    told = parser.parse_args(arguments)
    try:
        for tenant in chosen(told.team, told.environment, told.teams):
            for line in build(tenant, told.pause):
                print(line, flush=True)
    except (NotBuilt, NoSuchEnvironment, InvalidTeams, BotoCoreError, ClientError) as error:
        print(f"not built: {error}", file=sys.stderr)
        return 1
    return 0


def build(tenant: Tenant, pause_s: float) -> Iterator[str]:
    """Lines of the build's log as they come, then the digests. Raises NotBuilt where it does not succeed."""
    codebuild, logs = (boto3.client(service, region_name=tenant.region) for service in ("codebuild", "logs"))
    project = tenant.names.image_build
    try:
        started = codebuild.start_build(projectName=project)["build"]
    except codebuild.exceptions.ResourceNotFoundException:
        stack = f"{tenant.names.prefix}/artifacts"
        raise NotBuilt(f"there is no {project}: deploy {stack} first (cdk deploy '{stack}')") from None
    yield f"{started['id']}: started; log {started['logs']['groupName']}"
    token: str | None = None
    while True:
        [found] = codebuild.batch_get_builds(ids=[started["id"]])["builds"]
        lines, token = _lines(logs, found, token)
        yield from lines
        if found["buildComplete"]:
            break
        time.sleep(pause_s)
    if found["buildStatus"] != "SUCCEEDED":
        raise NotBuilt(f"{started['id']} is {found['buildStatus']}: {_reason(found)}")
    yield from _digests(tenant)


def _lines(logs: Any, found: dict[str, Any], token: str | None) -> tuple[list[str], str | None]:
    """What was logged since the last look; nothing where there is no log yet."""
    place = {"logGroupName": found["logs"]["groupName"], "logStreamName": found["logs"].get("streamName")}
    if not place["logStreamName"]:
        return [], token
    try:
        answer = logs.get_log_events(**place, startFromHead=True, **({"nextToken": token} if token else {}))
    except logs.exceptions.ResourceNotFoundException:
        return [], token
    return [event["message"].rstrip("\n") for event in answer["events"]], answer["nextForwardToken"]


def _reason(found: dict[str, Any]) -> str:
    contexts = [(phase["phaseType"], each) for phase in found["phases"] for each in phase.get("contexts") or ()]
    told = [f"{phase}: {each['message']}" for phase, each in contexts if each.get("message")]
    return "; ".join(told) or "its log says why"


def _digests(tenant: Tenant) -> Iterator[str]:
    s3 = boto3.client("s3", region_name=tenant.region)
    body = s3.get_object(Bucket=tenant.bucket("models"), Key=tenant.names.digests_key)["Body"].read()
    for image in digests_from_json(body).values():
        yield f"{image.uri} is {image.digest}"


if __name__ == "__main__":
    sys.exit(main())
