"""The folders that SageMaker makes for a container, under one root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.contracts import images, stages

ROOT = "/opt/ml"


@dataclass(frozen=True, slots=True)
class MlFolders:
    """`/opt/ml`, or the folder that SAGEMAKER_BASE_DIR names in its place.

    >>> MlFolders.read({"SAGEMAKER_BASE_DIR": "/jobs/7"}).processing_input("test").as_posix()
    '/jobs/7/processing/input/test'
    """

    root: Path

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> MlFolders:
        return cls(Path(variables.get(images.BASE_DIR) or ROOT))

    def at(self, path: str) -> Path:
        """Where an absolute path below `/opt/ml` really lies."""
        return self.root / PurePosixPath(path).relative_to(ROOT)

    # Every job

    @property
    def output(self) -> Path:
        return self.root / "output"

    @property
    def message(self) -> Path:
        """A processing job's exit message: SageMaker shows its first 1,024 bytes, which must be UTF-8."""
        return self.output / "message"

    @property
    def failure(self) -> Path:
        """A training job's failure: SageMaker shows its first 1,024 characters."""
        return self.output / "failure"

    # Processing

    def processing_input(self, folder: str) -> Path:
        return self.at(stages.processing_input(folder))

    def processing_output(self, folder: str) -> Path:
        return self.at(stages.processing_output(folder))

    @property
    def job(self) -> Path:
        """JSON: the request that made the processing job, with its `ProcessingJobName`."""
        return self.root / "config" / "processingjobconfig.json"

    @property
    def hosts(self) -> Path:
        """JSON, of a processing job: `current_host`, `hosts`, `network_interface_name`."""
        return self.root / "config" / "resourceconfig.json"

    # Training and serving

    def channel(self, name: str) -> Path:
        return self.root / "input" / "data" / name

    @property
    def hyperparameters(self) -> Path:
        """JSON; every value is a string."""
        return self.root / "input" / "config" / "hyperparameters.json"

    @property
    def resources(self) -> Path:
        """JSON: `current_host`, `hosts`, `network_interface_name`."""
        return self.root / "input" / "config" / "resourceconfig.json"

    @property
    def checkpoints(self) -> Path:
        """Kept in step with CheckpointConfig's S3Uri in both directions."""
        return self.root / "checkpoints"

    @property
    def model(self) -> Path:
        """Training leaves the model here; serving finds it here."""
        return self.root / "model"
