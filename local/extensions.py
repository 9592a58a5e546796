"""What the launcher installs into ministack, in this order.

To add a service or to change ministack, write a module under `local/` and name
it in `EXTENSIONS`. A module may have, all optional and all without arguments:

    HOOKS: tuple[str, ...]     names of ministack that it leans on, see `local.hooks`
    def install() -> None      replace those names; nothing runs yet
    def services() -> Sequence[Registration]      AWS services that it answers
    def start() -> None        the server is about to answer: begin background work (daemon threads)
    def stop() -> None         the server ends: end what `start` and requests began
    ROUTES: dict[str, Route]   more pages under /_homeostat/, see `local.control`

Modules are imported after the environment is set (ministack reads it at
import), so an extension imports ministack and `local.settings` freely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.service import Service

EXTENSIONS = (
    "local.credentials",
    "local.iam",
    "local.places",
    "local.quotas",
    "local.events",
    "local.ecr",
    "local.object_times",
    "local.scheduler",
    "local.invocation",
    "local.function_output",
    "local.deliveries",
    "local.queues",
    "local.step_functions",
    "local.outbox",
    "local.budgets",
    "local.cloudwatch",
    "local.cloudformation",
    "local.ec2",
    "local.engine",
    "local.athena",
    "local.codebuild",
    "local.sagemaker",
    "local.autoscaling",
    "local.usage",
)


@dataclass(frozen=True, slots=True)
class Registration:
    """An AWS service to route to.

    `signing_name` is the service in the credential scope of a signature
    (sagemaker), `target_prefix` the part of X-Amz-Target before the dot
    (SageMaker), `iam_namespace` the prefix of its IAM actions.
    """

    signing_name: str
    target_prefix: str
    iam_namespace: str
    service: Service
