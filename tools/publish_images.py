"""What CodeBuild runs: build the images that are not in their repositories yet, push them, write down their digests.

Needs Python, `aws` and `docker`, and no package. Told by `core.contracts.builds.BuildEnvironment`; the sources lie
where CodeBuild puts them. Ends at the first image that cannot be built or pushed. The tags are immutable and name the
content, so an image that is there already is the right one. An image with critical vulnerabilities is pushed and
written down, and the build fails, so that somebody is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.contracts.builds import BuildEnvironment, ImageOrder, PublishedImage, digests_to_json, orders_from_json

SOURCES = "CODEBUILD_SRC_DIR"
ABSENT = "ImageNotFoundException"
CRITICAL = "CRITICAL"
UNFINISHED = ("IN_PROGRESS", "PENDING")
AWS_CLI = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "6", "AWS_DEFAULT_OUTPUT": "json", "AWS_PAGER": ""}
ONE_MANIFEST = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
"""SageMaker takes an image, not an index of an image and its attestations."""


class NotPublished(Exception):
    """The build ends; the message is one sentence."""


def main(variables: Mapping[str, str]) -> int:
    try:
        told = BuildEnvironment.read(variables)
        orders = orders_from_json(told.images)
        _log_in(told.registry)
        images = {order.name: _publish(order, told.registry, _context(order, variables)) for order in orders}
        _run(["aws", "s3", "cp", "--only-show-errors", "-", told.digests_uri], digests_to_json(images))
        _refuse_critical(images)
    except (NotPublished, LookupError) as fault:
        print(f"not published: {fault}", file=sys.stderr)
        return 1
    return 0


def _log_in(registry: str) -> None:
    """The password goes from one tool to the other by standard input, where no log shows it."""
    password = _answer(["aws", "ecr", "get-login-password"])
    _run(["docker", "login", "--username", "AWS", "--password-stdin", registry], password)


def _context(order: ImageOrder, variables: Mapping[str, str]) -> Path:
    return Path(variables[f"{SOURCES}_{order.source}" if order.source else SOURCES])


def _publish(order: ImageOrder, registry: str, context: Path) -> PublishedImage:
    uri = f"{registry}/{order.repository}:{order.tag}"
    if _digest(order) is None:
        build = ["docker", "build", "--file", str(context / order.dockerfile), "--tag", uri]
        build += ["--label", f"org.opencontainers.image.version={order.tag}"]
        build += ["--target", order.target] if order.target else []
        _run([*build, str(context)])
        _run(["docker", "push", uri])
    else:
        print(f"{uri} is there already", flush=True)
    digest = _digest(order)
    if digest is None:
        raise NotPublished(f"{uri} was pushed and is not in its repository")
    scan, findings = _scanned(order)
    print(f"{uri} is {digest}; scan {scan}, found {findings or 'nothing'}", flush=True)
    return PublishedImage(uri, digest, scan, findings)


def _digest(order: ImageOrder) -> str | None:
    """None where the repository has no image with the tag."""
    ids = f"imageTag={order.tag}"
    found = _call(["aws", "ecr", "describe-images", "--repository-name", order.repository, "--image-ids", ids])
    if found.returncode:
        if ABSENT in found.stderr:
            return None
        raise NotPublished(f"ECR does not say whether {order.repository} has {order.tag}: {found.stderr.strip()}")
    digest: str = json.loads(found.stdout)["imageDetails"][0]["imageDigest"]
    return digest


def _scanned(order: ImageOrder) -> tuple[str, dict[str, int]]:
    """Status of the scan on push, and the number of its findings by severity; waits for some minutes where it runs."""
    named = ["--repository-name", order.repository, "--image-id", f"imageTag={order.tag}"]
    look = ["aws", "ecr", "describe-image-scan-findings", *named, "--no-paginate"]
    found = _call(look)
    if found.returncode or _status(found.stdout) in UNFINISHED:
        _call(["aws", "ecr", "wait", "image-scan-complete", *named])
        found = _call(look)
    if found.returncode:
        return found.stderr.strip() or "unknown", {}
    return _status(found.stdout), json.loads(found.stdout).get("imageScanFindings", {}).get("findingSeverityCounts", {})


def _status(answer: str) -> str:
    status: str = json.loads(answer)["imageScanStatus"]["status"]
    return status


def _refuse_critical(images: Mapping[str, PublishedImage]) -> None:
    if bad := {name: image.findings[CRITICAL] for name, image in images.items() if image.findings.get(CRITICAL)}:
        counts = ", ".join(f"{name} ({count})" for name, count in bad.items())
        raise NotPublished(f"all images are pushed, but these have critical vulnerabilities: {counts}")


def _answer(command: Sequence[str]) -> str:
    done = _call(command)
    if done.returncode:
        raise NotPublished(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _call(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Its output is the answer."""
    return subprocess.run(command, env=_environment(), text=True, capture_output=True, check=False)


def _run(command: Sequence[str], told: str | None = None) -> None:
    """Its output goes to the log."""
    print("+", " ".join(command), flush=True)
    if subprocess.run(command, env=_environment(), input=told, text=True, check=False).returncode:
        raise NotPublished(f"{' '.join(command)} failed")


def _environment() -> dict[str, str]:
    return {**os.environ, **AWS_CLI, **ONE_MANIFEST}


if __name__ == "__main__":
    sys.exit(main(os.environ))
