"""What a variant serves: the container of its model, with the data that the model's execution role may read."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import storage
from local.sagemaker.kinds import INVALID
from local.sagemaker.registry import MODEL, PACKAGE
from local.sagemaker.store import Record, Store
from local.service import ApiError


class LaunchFailed(Exception):
    """An instance did not come into service; the message is the endpoint's FailureReason."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    name: str
    role_arn: str
    image: str
    environment: Mapping[str, str]
    data_uri: str | None
    data_type: str
    compressed: bool
    network: Mapping[str, Any] | None = None
    """Its VpcConfig."""

    @classmethod
    def of(cls, store: Store, model_name: str) -> ServedModel:
        """ApiError where the model, or the package that it names, does not exist."""
        model = store.get(MODEL, model_name)
        containers = model.get("Containers") or [model["PrimaryContainer"]]
        if len(containers) != 1:
            text = f"Model {model_name} has {len(containers)} containers; the embedded AWS serves models of one."
            raise ApiError(INVALID, text)
        container = _resolved(store, containers[0])
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        return cls(
            name=model_name,
            role_arn=model["ExecutionRoleArn"],
            image=container["Image"],
            environment=container.get("Environment", {}),
            data_uri=source.get("S3Uri") or container.get("ModelDataUrl"),
            data_type=source.get("S3DataType", "S3Object"),
            compressed=source.get("CompressionType", "Gzip") == "Gzip",
            network=model.get("VpcConfig"),
        )

    def unpack(self, s3: Any, folder: Path) -> None:
        """Put the model's data into `folder`, read by `s3`, the client of the model's role."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.data_uri is None:
            return
        try:
            if not self.compressed:
                storage.download(s3, self.data_uri, folder, self.data_type)
                return
            archive = folder.with_suffix(".tar.gz")
            archive.write_bytes(storage.read(s3, storage.Location.of(self.data_uri)))
            storage.unpack(archive, folder)
            archive.unlink()
        except (*storage.STORAGE_FAULTS, storage.NoData) as fault:
            raise LaunchFailed(
                f'Failed to download model data for model {self.name} from URL: "{self.data_uri}". Please ensure that '
                "there is an object located at the URL and that the role passed to CreateModel has permissions to "
                f"download the model: {fault}"
            ) from fault
        except tarfile.TarError as fault:
            raise LaunchFailed(
                f'Failed to extract model data archive for model {self.name} from URL "{self.data_uri}": {fault}'
            ) from fault


def _resolved(store: Store, container: Record) -> Record:
    """The container with what it takes from the model package that it names; its own members win."""
    package_name = container.get("ModelPackageName")
    if package_name is None:
        return container
    package = store.get(PACKAGE, package_name)
    packaged = package["InferenceSpecification"]["Containers"][0]
    environment = {**packaged.get("Environment", {}), **container.get("Environment", {})}
    return {**packaged, **container, "Environment": environment}
