"""What a training job finds under /opt/ml, and what is taken from there when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local import storage
from local.engine import Work
from local.sagemaker.jobs import transfer
from local.sagemaker.jobs.folder import Folder, merge
from local.sagemaker.jobs.run import Run
from local.sagemaker.store import Record

CHECKPOINTS = "/opt/ml/checkpoints"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of all hosts of one training job."""

    record: Record
    run: Run
    folders: tuple[Folder, ...]

    @classmethod
    def make(cls, record: Record, run: Run) -> Workspace:
        return cls(record, run, Folder.of_each_host(run.folder, record["Instances"][1]))

    def fill(self) -> None:
        """Configuration, channels and checkpoints; JobFailed where the role cannot read what it should.

        A new instance has nothing of the one that was taken away, so every attempt begins with fresh folders.
        """
        Folder.of_each_host(self.run.folder, len(self.folders))
        for folder in self.folders:
            self._configure(folder)
            for channel in self._channels:
                source = channel["DataSource"]["S3DataSource"]
                target = folder.make(f"/opt/ml/input/data/{channel['ChannelName']}")
                compression = channel.get("CompressionType", "None")
                transfer.download(self.run.s3, self._role, source, target, folder, compression)
            for path in ("/opt/ml/model", "/opt/ml/output/data"):
                folder.make(path)
            if checkpoints := self.record.get("CheckpointConfig"):
                with transfer.transferring("Checkpoint download", self._role, checkpoints["S3Uri"]):
                    storage.restore(self.run.s3, checkpoints["S3Uri"], folder.path(self._checkpoints))

    def works(self) -> dict[str, Work]:
        """What each host runs. A job that is isolated from the network gets no credentials, as on AWS."""
        algorithm = self.record["AlgorithmSpecification"]
        entrypoint = algorithm.get("ContainerEntrypoint", ())
        arguments = algorithm.get("ContainerArguments", () if entrypoint else ("train",))
        credentials = {} if self.record.get("EnableNetworkIsolation") else self.run.credentials
        names = {"TRAINING_JOB_NAME": self.record["TrainingJobName"], "TRAINING_JOB_ARN": self.record["TrainingJobArn"]}
        environment = {**credentials, **names, **self.record.get("Environment", {})}
        return {
            folder.host: Work(algorithm["TrainingImage"], folder.root, environment, entrypoint, arguments)
            for folder in self.folders
        }

    def save_checkpoints(self) -> None:
        """Make the checkpoints in S3 those of the folder; of several hosts, the first one's."""
        if checkpoints := self.record.get("CheckpointConfig"):
            with transfer.transferring("Checkpoint upload", self._role, checkpoints["S3Uri"]):
                storage.mirror(self.run.s3, self.folders[0].path(self._checkpoints), checkpoints["S3Uri"])

    def save_results(self) -> dict[str, str]:
        """Upload model and further output; returns ModelArtifacts."""
        output = self.record["OutputDataConfig"]
        place = f"{output['S3OutputPath'].rstrip('/')}/{self.record['TrainingJobName']}/output"
        extra = merge([folder.path("/opt/ml/output/data") for folder in self.folders], self.run.folder / "output")
        if any(extra.iterdir()):
            transfer.upload_packed(self.run.s3, self._role, extra, f"{place}/output.tar.gz")
        model = merge([folder.path("/opt/ml/model") for folder in self.folders], self.run.folder / "model")
        if output.get("CompressionType") == "NONE":
            transfer.upload(self.run.s3, self._role, model, f"{place}/model")
            return {"S3ModelArtifacts": f"{place}/model/"}
        transfer.upload_packed(self.run.s3, self._role, model, f"{place}/model.tar.gz")
        return {"S3ModelArtifacts": f"{place}/model.tar.gz"}

    def failure(self) -> str:
        """What the program says of its own failure."""
        texts = [folder.text("/opt/ml/output/failure") for folder in self.folders]
        return next(filter(None, texts), "See job logs for more information")

    @property
    def _channels(self) -> list[dict[str, Any]]:
        return self.record.get("InputDataConfig") or []

    @property
    def _role(self) -> str:
        return str(self.record["RoleArn"])

    @property
    def _checkpoints(self) -> str:
        return str(self.record["CheckpointConfig"].get("LocalPath", CHECKPOINTS))

    def _configure(self, folder: Folder) -> None:
        config = "/opt/ml/input/config"
        channels = {
            channel["ChannelName"]: {
                "ContentType": channel.get("ContentType"),
                "TrainingInputMode": channel.get(
                    "InputMode", self.record["AlgorithmSpecification"]["TrainingInputMode"]
                ),
                "S3DistributionType": channel["DataSource"]["S3DataSource"].get("S3DataDistributionType"),
                "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            }
            for channel in self._channels
        }
        folder.write(f"{config}/hyperparameters.json", self.record.get("HyperParameters") or {})
        folder.write(f"{config}/inputdataconfig.json", channels)
        folder.write_resources(f"{config}/resourceconfig.json", self.record["Instances"][0])
