"""The entry point of the program `containers.prepare` in the image `process`."""

from __future__ import annotations

import os
import sys

from containers import outcome
from containers.folders import MlFolders
from containers.prepare.gather import gather
from containers.prepare.main import main
from containers.prepare.selection import Selection
from containers.shell import read_policy
from core.contracts.environment import PrepareEnvironment


def job(folders: MlFolders) -> str:
    environment = PrepareEnvironment.read(os.environ)
    selection = Selection.read(environment)
    policy = read_policy(environment)
    return main(folders, policy.signature, selection, gather(environment, selection, folders, policy.batch))


if __name__ == "__main__":
    found = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: job(found), found.message))
