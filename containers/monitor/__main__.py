"""The program MONITOR of the image `process`."""

from __future__ import annotations

import os
import sys

from containers import outcome, shell
from containers.folders import MlFolders
from containers.monitor.job import watch
from core.contracts.environment import MonitorEnvironment

if __name__ == "__main__":
    folders = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: watch(MonitorEnvironment.read(os.environ), shell), folders.message))
