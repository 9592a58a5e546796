"""Load the model, then answer until SIGTERM."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import uvicorn

from containers import languages
from containers.folders import MlFolders
from containers.model import TrainedModel
from containers.serve.app import App
from core.contracts import explanations, images
from core.contracts.explaining import METHODS, Method

MAX_PAYLOAD = "SAGEMAKER_MAX_PAYLOAD_IN_MB"
"""SageMaker sets it for batch transform."""
GRACE_S = 5
"""Requests in hand are answered within this after SIGTERM; SageMaker sends SIGKILL after 30 s."""
KEEP_ALIVE_S = 75
"""Longer than the idle time of whoever stands in front, so that it is never this side that closes first."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, and how much to take."""

    host: str = "0.0.0.0"
    port: int = 8080
    max_payload_mb: int = 6
    explained_rows: int = explanations.DEFAULT_ROWS
    explained_by: Method = "permutation"

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Settings:
        return cls(
            variables.get(images.HOST) or "0.0.0.0",
            _whole(variables, images.PORT, 8080, 65_535),
            _whole(variables, MAX_PAYLOAD, 6, 1024),
            _whole(variables, explanations.ROWS, explanations.DEFAULT_ROWS, explanations.MOST_ROWS, least=0),
            _method(variables.get(explanations.BY) or "permutation"),
        )


def main(folders: MlFolders, settings: Settings) -> None:
    """Returns after SIGTERM, when the last answer is sent. Raises ValueError where there is no usable model."""
    model, threads = TrainedModel.load(folders.model), len(os.sched_getaffinity(0))
    if any(feature.kind == "text" for feature in model.signature.features):
        languages.ready()
    app = App(model, settings.max_payload_mb, threads, settings.explained_rows, settings.explained_by)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


def _method(text: str) -> Method:
    for method in METHODS:
        if text == method:
            return method
    raise ValueError(f"{explanations.BY} is {text!r}; accepted is one of {', '.join(METHODS)}")


def _whole(variables: Mapping[str, str], name: str, default: int, most: int, least: int = 1) -> int:
    text = variables.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ValueError(f"{name} is {text!r}; accepted is a whole number from {least} to {most}")
    return int(text)
