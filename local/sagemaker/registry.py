"""Models and the model registry: package groups, their versions, approval and its events."""

from __future__ import annotations

from typing import Any

from local.credentials import role_environment
from local.events import emit
from local.sagemaker.kinds import CONFLICT, INVALID, Kind, Lifecycle, named, served
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record
from local.service import ApiError

MODEL = served("Model", "model", "model")
GROUP = named(
    "ModelPackageGroup",
    "model-package-group",
    Lifecycle(
        "ModelPackageGroupStatus",
        ready="Completed",
        creating="Pending",
        deleting="Deleting",
        create_failed="Failed",
        delete_failed="DeleteFailed",
    ),
    missing=(INVALID, "ModelPackageGroup {arn} does not exist."),
    exists=(INVALID, "Model Package Group already exists: {arn}"),
)
PACKAGE = Kind(
    "ModelPackage",
    ("ModelPackageName",),
    "model-package/{ModelPackageName}",
    Lifecycle("ModelPackageStatus", ready="Completed", create_failed="Failed"),
    missing=(INVALID, "ModelPackage {arn} does not exist."),
    exists=(CONFLICT, "ModelPackage {arn} already exists."),
)
CHANGEABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


class Registry:
    """The part of the service that answers for models and model packages."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        for kind in (MODEL, GROUP, PACKAGE):
            resources.add(kind)

    def create_model(self, request: Request) -> Record:
        given = [name for name in ("PrimaryContainer", "Containers") if request.get(name)]
        if len(given) != 1:
            raise ApiError(INVALID, "Exactly one of PrimaryContainer and Containers must be given.")
        for container in request.get("Containers") or [request["PrimaryContainer"]]:
            if package := container.get("ModelPackageName"):
                self._approved(package)
            elif not container.get("Image"):
                raise ApiError(INVALID, "A container needs an Image or a ModelPackageName.")
            if (data := container.get("ModelDataUrl")) and not data.startswith(("s3://", "https://")):
                raise ApiError(INVALID, f"Could not find model data at {data}.")
        if not request.get("ExecutionRoleArn"):
            raise ApiError(INVALID, "An ExecutionRoleArn must be given.")
        role_environment(request["ExecutionRoleArn"], "SageMaker")
        return self.resources.create(MODEL, request)

    def delete_model_package_group(self, request: Request) -> None:
        group = self.resources.describe(GROUP, request)
        if self._versions(group["ModelPackageGroupName"]):
            text = f"ModelPackageGroup {group['ModelPackageGroupArn']} cannot be deleted because it has ModelPackages."
            raise ApiError(CONFLICT, text)
        self.resources.delete(GROUP, request)

    def create_model_package(self, request: Request) -> Record:
        """A version of a group, or a package with a name. The same ClientToken answers with the same package."""
        with self.store.changed:
            if made := self._made_by(request["ClientToken"]):
                return made
            if request.get("ModelPackageGroupName"):
                record = self.resources.create(PACKAGE, self._version(request))
            elif request.get("ModelPackageName"):
                record = self.resources.create(PACKAGE, request)
                self.store.change(record, ModelPackageStatus="InProgress")
                self.resources.move(PACKAGE, record, "Completed")
            else:
                raise ApiError(INVALID, "One of ModelPackageGroupName and ModelPackageName must be given.")
        _tell(record)
        return record

    def describe_model_package(self, request: Request) -> Record:
        return self.store.get(PACKAGE, request["ModelPackageName"])

    def update_model_package(self, request: Request) -> Record:
        package = self.store.get(PACKAGE, request["ModelPackageArn"])
        with self.store.changed:
            before = package.get("ModelApprovalStatus")
            changes: dict[str, Any] = {name: request[name] for name in CHANGEABLE if name in request}
            metadata = {
                **package.get("CustomerMetadataProperties", {}),
                **request.get("CustomerMetadataProperties", {}),
            }
            for name in request.get("CustomerMetadataPropertiesToRemove", ()):
                metadata.pop(name, None)
            more = request.get("AdditionalInferenceSpecificationsToAdd", [])
            specifications = [*package.get("AdditionalInferenceSpecifications", []), *more]
            self.store.change(
                package,
                **changes,
                CustomerMetadataProperties=metadata or None,
                AdditionalInferenceSpecifications=specifications or None,
            )
        if package.get("ModelApprovalStatus") != before:
            _tell(package)
        return package

    def list_model_packages(self, request: Request) -> Request:
        """Versions of one group, or of all groups, or the packages that have names of their own."""
        asked = dict(request)
        group = asked.get("ModelPackageGroupName")
        if group:
            self.store.get(GROUP, group)
        kind = asked.pop("ModelPackageType", "Versioned" if group else "Unversioned")
        wanted = {"Versioned": (True,), "Unversioned": (False,), "Both": (True, False)}[kind]
        records = [record for record in self.store.every(PACKAGE) if ("ModelPackageVersion" in record) in wanted]
        return self.resources.list("ListModelPackages", PACKAGE, asked, records)

    def _version(self, request: Request) -> Request:
        group = self.store.get(GROUP, request["ModelPackageGroupName"])
        name = group["ModelPackageGroupName"]
        number = max([group.get("LastVersion", 0), *(one["ModelPackageVersion"] for one in self._versions(name))]) + 1
        group["LastVersion"] = number  # the number of a deleted version is not given again
        return {
            "ModelApprovalStatus": "PendingManualApproval",
            **request,
            "ModelPackageGroupName": name,
            "ModelPackageVersion": number,
            "ModelPackageName": f"{name}/{number}",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        }

    def _approved(self, name: str) -> None:
        package = self.store.get(PACKAGE, name)
        if package.get("ModelApprovalStatus", "Approved") != "Approved":
            raise ApiError(INVALID, f"ModelPackage {package['ModelPackageArn']} is not approved.")

    def _made_by(self, token: str) -> Record | None:
        found = (record for record in self.store.every(PACKAGE) if record["ClientToken"] == token)
        return next(found, None)

    def _versions(self, group: str) -> list[Record]:
        return [record for record in self.store.every(PACKAGE) if record.get("ModelPackageGroupName") == group]


def _tell(package: Record) -> None:
    members = (
        "ModelPackageName",
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "ModelPackageArn",
        "ModelPackageDescription",
        "CreationTime",
        "InferenceSpecification",
        "ModelPackageStatus",
        "ModelPackageStatusDetails",
        "ModelApprovalStatus",
        "ApprovalDescription",
        "ModelMetrics",
        "CustomerMetadataProperties",
        "LastModifiedTime",
    )
    detail = {name: package[name] for name in members if name in package}
    emit("aws.sagemaker", "SageMaker Model Package State Change", detail, [package["ModelPackageArn"]])
