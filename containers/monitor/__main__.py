"""The program MONITOR of the image `process`: started by the platform's own schedule, by one of SageMaker, or when a
transform job has ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from containers import outcome, shell
from containers.folders import MlFolders
from containers.monitor.batch_run import watch_batch
from containers.monitor.job import watch
from containers.monitor.managed import ManagedRun
from core.contracts.environment import BatchMonitorEnvironment, MonitorEnvironment
from core.contracts.managed import Contract


def started(variables: Mapping[str, str], folders: MlFolders) -> str:
    """Monitor the window that the variables tell; return the exit message."""
    if BatchMonitorEnvironment.given(variables):
        batch = BatchMonitorEnvironment.read(variables)
        return watch_batch(batch, shell)
    if not Contract.given(variables):
        return watch(MonitorEnvironment.read(variables), shell)
    contract = Contract.read(variables)
    return watch(contract.job, ManagedRun(shell, contract, folders))


if __name__ == "__main__":
    folders = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: started(os.environ, folders), folders.message))
