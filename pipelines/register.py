"""A step that registers a model package, with everything that the release path reads from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sagemaker.mlops.workflow.steps import ConfigurableRetryStep, Step, StepTypeEnum


class RegisterPackage(ConfigurableRetryStep):  # type: ignore[misc]
    """RegisterModel with a plain CreateModelPackage request.

    The SDK's own way, `ModelBuilder.register`, adds variables of its serving toolkits to the container, which this
    platform's containers do not have, and cannot set `CustomerMetadataProperties`.
    """

    def __init__(self, name: str, request: dict[str, Any], depends_on: Sequence[Step] = ()) -> None:
        super().__init__(name, StepTypeEnum.REGISTER_MODEL, depends_on=list(depends_on))
        self._request = request

    @property
    def arguments(self) -> dict[str, Any]:
        return self._request

    @property
    def properties(self) -> Any:
        raise AttributeError("nothing follows a registration, so nothing refers to its properties")
