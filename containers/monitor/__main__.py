"""The program MONITOR of the image `process`: started by the platform's own schedule, by one of SageMaker, when a
transform job has ended, or when labels of its rows have come."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from containers import outcome, shell
from containers.folders import MlFolders
from containers.monitor.batch_labels import judge_batch
from containers.monitor.batch_run import watch_batch
from containers.monitor.job import Aws, watch
from containers.monitor.late_labels import watch_endpoint
from containers.monitor.managed import ManagedRun
from containers.monitor.managed_batches import watch_batches
from core.contracts.environment import BatchLabelsEnvironment, BatchMonitorEnvironment, MonitorEnvironment
from core.contracts.managed import Contract


def started(variables: Mapping[str, str], folders: MlFolders, aws: Aws = shell) -> str:
    """Monitor the window that the variables tell; return the exit message."""
    if BatchLabelsEnvironment.given(variables):
        return judge_batch(BatchLabelsEnvironment.read(variables), aws)
    if BatchMonitorEnvironment.given(variables):
        return watch_batch(BatchMonitorEnvironment.read(variables), aws)
    if not Contract.given(variables):
        return watch_endpoint(MonitorEnvironment.read(variables), aws)
    contract = Contract.read(variables)
    if contract.of_batches:
        return watch_batches(contract, aws, folders)
    return watch(contract.job, ManagedRun(aws, contract, folders))


if __name__ == "__main__":
    folders = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: started(os.environ, folders), folders.message))
