"""SageMaker, which ministack lacks: an extension as `local.extensions` describes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from local import processes
from local.extensions import Registration
from local.sagemaker import orders

if TYPE_CHECKING:
    from local.sagemaker.service import SageMaker

HOOKS = (
    "ministack.core.concurrency:spawn_background run_reentrant",
    "ministack.core.responses:get_account_id get_region request_scope",
    "ministack.services.cloudwatch:record_metric _store_datum",
    "ministack.services.cloudwatch_logs:_create_log_group _create_log_stream _put_log_events",
    "ministack.services.ecr:_find_image _repositories",
)


@cache
def running() -> SageMaker:
    """The running service; made when it is first asked for, since importing does nothing."""
    from local.sagemaker.service import SageMaker

    return SageMaker()


ROUTES = orders.routes(running)


def services() -> Sequence[Registration]:
    return (Registration("sagemaker", target_prefix="SageMaker", iam_namespace="sagemaker", service=running()),)


def start() -> None:
    running().hosting.start()
    running().monitoring.start()


def stop() -> None:
    """End the jobs and endpoints that still run."""
    running().monitoring.stop()
    running().hosting.stop()
    processes.stop_all()
