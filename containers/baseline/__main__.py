"""The program BASELINE of the image `process`."""

from __future__ import annotations

import os
import sys

from containers import outcome
from containers.baseline.main import main
from containers.folders import MlFolders
from containers.shell import read_policy
from core.contracts.environment import JobEnvironment


def job(folders: MlFolders) -> str:
    """Explain and compare groups as the team's file says."""
    watch = read_policy(JobEnvironment.read(os.environ)).watch
    return main(folders, watch.explaining, watch.fairness, watch.minimum_labels)


if __name__ == "__main__":
    found = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: job(found), found.message))
