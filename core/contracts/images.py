"""The container images: what each is called, and the program that it runs.

infra makes one ECR repository for each, the Dockerfile has a target for each, and the embedded AWS runs the same
module as a process. `/opt/ml` is the root of the folders that SageMaker makes; the toolkits' variable
SAGEMAKER_BASE_DIR moves it, SAGEMAKER_BIND_TO_PORT moves the serving port, and HOMEOSTAT_BIND_HOST narrows the
address that the server listens on (a container listens on all, a process on a laptop must not).
"""

from __future__ import annotations

from dataclasses import dataclass

BASE_DIR = "SAGEMAKER_BASE_DIR"
PORT = "SAGEMAKER_BIND_TO_PORT"
HOST = "HOMEOSTAT_BIND_HOST"


@dataclass(frozen=True, slots=True)
class Image:
    name: str
    """Dockerfile target and last part of the repository's name."""
    entrypoint: tuple[str, ...]
    """The image's ENTRYPOINT; processing jobs override it with a `Program`."""


TRAIN = Image("train", ("python", "-m", "containers.train"))
SERVE = Image("serve", ("python", "-m", "containers.serve"))
PROCESS = Image("process", ("python", "-m", "containers.monitor"))
"""Its own program is the monitor: two of SageMaker's job definitions take no ContainerEntrypoint."""
IMAGES = (TRAIN, SERVE, PROCESS)
"""Of every team."""
SPARK = Image("spark", ("python", "-m", "containers.spark"))
"""PROCESS with Java and Spark, whose program is the monitor on all instances of one job: of teams that ask for it."""
EVERY = (*IMAGES, SPARK)


@dataclass(frozen=True, slots=True)
class Program:
    """A processing job's `ContainerEntrypoint` in the image PROCESS."""

    module: str

    @property
    def entrypoint(self) -> tuple[str, ...]:
        return ("python", "-m", self.module)


PREPARE = Program("containers.prepare")
"""Labelled data set + labelled requests -> train, validation and test sets."""
BASELINE = Program("containers.baseline")
"""Training set + model -> the baseline that monitors compare with."""
GATE = Program("containers.gates.champion")
"""Test set + challenger + champion -> evaluation.json with a verdict."""
MONITOR = Program("containers.monitor")
"""One window of capture + the release in service -> report, violations, metrics."""
