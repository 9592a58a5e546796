"""The entry point of the program `containers.gates.champion` in the image `process`."""

from __future__ import annotations

import os
import sys

from containers import outcome
from containers.folders import MlFolders
from containers.gates.champion.main import CHAMPION, main
from containers.model import ARCHIVE
from containers.shell import fetch, read_policy, read_release
from core.contracts.environment import JobEnvironment


def job(folders: MlFolders) -> str:
    """Fetch what is in service, if anything is, and compare by the metric that the monitor watches."""
    environment = JobEnvironment.read(os.environ)
    policy = read_policy(environment)
    if (release := read_release(environment)) is not None:
        fetch(release.model_uri, folders.processing_input(CHAMPION) / ARCHIVE)
    return main(folders, policy.watch.quality_metric)


if __name__ == "__main__":
    found = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: job(found), found.message))
