"""CodeBuild, in place of ministack's, whose builds succeed without being run. An extension as `local.extensions`
describes it. Builds run in the container engine of a launch with `--engine docker`; without one they fail, and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from local.extensions import Registration

if TYPE_CHECKING:
    from local.codebuild.service import CodeBuild

HOOKS = ("ministack.services.cloudwatch:record_metric",)


@cache
def running() -> CodeBuild:
    from local.codebuild.service import CodeBuild

    return CodeBuild()


def services() -> Sequence[Registration]:
    service = running()
    return (Registration("codebuild", target_prefix="CodeBuild_20161006", iam_namespace="codebuild", service=service),)


def stop() -> None:
    running().builds.stop()
