"""What people work with beside Studio: notebook instances, images, MLflow apps, feature groups, projects."""

from __future__ import annotations

import uuid

from local.sagemaker.kinds import INVALID, Kind, Lifecycle, named
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record
from local.service import ApiError

NOTEBOOK = named(
    "NotebookInstance",
    "notebook-instance",
    Lifecycle(
        "NotebookInstanceStatus",
        ready="InService",
        creating="Pending",
        updating="Updating",
        updated="Stopped",
        deleting="Deleting",
        create_failed="Failed",
        update_failed="Failed",
        delete_failed="Failed",
    ),
    missing=(INVALID, "RecordNotFound"),
    exists=(INVALID, "Cannot create a duplicate Notebook Instance ({arn})"),
)
IMAGE = named(
    "Image",
    "image",
    Lifecycle(
        "ImageStatus",
        ready="CREATED",
        creating="CREATING",
        updating="UPDATING",
        deleting="DELETING",
        create_failed="CREATE_FAILED",
        update_failed="UPDATE_FAILED",
        delete_failed="DELETE_FAILED",
    ),
)
IMAGE_VERSION = Kind(
    "ImageVersion",
    ("ImageName", "Version"),
    "image-version/{ImageName}/{Version}",
    Lifecycle(
        "ImageVersionStatus",
        ready="CREATED",
        creating="CREATING",
        deleting="DELETING",
        create_failed="CREATE_FAILED",
        delete_failed="DELETE_FAILED",
    ),
)
MLFLOW_APP = Kind(
    "MlflowApp",
    ("AppId",),
    "mlflow-app/{AppId}",
    Lifecycle(
        "Status",
        ready="Created",
        creating="Creating",
        updating="Updating",
        updated="Updated",
        deleting="Deleting",
        deleted="Deleted",
        create_failed="CreateFailed",
        update_failed="UpdateFailed",
        delete_failed="DeleteFailed",
    ),
    arn_member="Arn",
)
FEATURE_GROUP = named(
    "FeatureGroup",
    "feature-group",
    Lifecycle(
        "FeatureGroupStatus",
        ready="Created",
        creating="Creating",
        deleting="Deleting",
        create_failed="CreateFailed",
        delete_failed="DeleteFailed",
    ),
)
PROJECT = named(
    "Project",
    "project",
    Lifecycle(
        "ProjectStatus",
        ready="CreateCompleted",
        creating="CreateInProgress",
        updating="UpdateInProgress",
        updated="UpdateCompleted",
        deleting="DeleteInProgress",
        deleted="DeleteCompleted",
        create_failed="CreateFailed",
        update_failed="UpdateFailed",
        delete_failed="DeleteFailed",
    ),
    missing=(INVALID, "Project {name} does not exist."),
    exists=(INVALID, "Project {name} already exists."),
)
PLAIN = (
    named("NotebookInstanceLifecycleConfig", "notebook-instance-lifecycle-config"),
    named("CodeRepository", "code-repository"),
)


class Workbench:
    """Their operations where a rule goes beyond keeping a record."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        for kind in (NOTEBOOK, IMAGE, IMAGE_VERSION, MLFLOW_APP, FEATURE_GROUP, PROJECT, *PLAIN):
            resources.add(kind)

    def start_notebook_instance(self, request: Request) -> None:
        self._turn(request, {"Stopped", "Failed"}, "Pending", "InService")

    def stop_notebook_instance(self, request: Request) -> None:
        self._turn(request, {"InService"}, "Stopping", "Stopped")

    def update_notebook_instance(self, request: Request) -> None:
        self._demand(request, {"Stopped", "Failed"}, "Updating")
        self.resources.update(NOTEBOOK, request)

    def delete_notebook_instance(self, request: Request) -> None:
        self._demand(request, {"Stopped", "Failed"}, "Deleting")
        self.resources.delete(NOTEBOOK, request)

    def create_image_version(self, request: Request) -> Record:
        image = self.store.get(IMAGE, request["ImageName"])
        with self.store.changed:
            made = [record["Version"] for record in self._versions(request["ImageName"])]
            given = {"Version": max(made, default=0) + 1, "ImageArn": image["ImageArn"]}
            return self.resources.create(IMAGE_VERSION, {**request, **given, "ContainerImage": request["BaseImage"]})

    def describe_image_version(self, request: Request) -> Record:
        """By number, by alias, or the newest."""
        versions, alias = self._versions(request["ImageName"]), request.get("Alias")
        if alias:
            versions = [record for record in versions if alias in record.get("Aliases", ())]
        number = request.get("Version") or max((record["Version"] for record in versions), default=0)
        return self.store.get(IMAGE_VERSION, request["ImageName"], str(number))

    def delete_image_version(self, request: Request) -> None:
        self.resources.delete(IMAGE_VERSION, self.describe_image_version(request))

    def list_image_versions(self, request: Request) -> Request:
        self.store.get(IMAGE, request["ImageName"])
        return self.resources.list("ListImageVersions", IMAGE_VERSION, request)

    def create_mlflow_app(self, request: Request) -> Record:
        return self.resources.create(MLFLOW_APP, {**request, "AppId": f"app-{uuid.uuid4().hex[:12].upper()}"})

    def create_project(self, request: Request) -> Record:
        return self.resources.create(PROJECT, {**request, "ProjectId": f"p-{uuid.uuid4().hex[:12]}"})

    def _versions(self, image: str) -> list[Record]:
        return [record for record in self.store.every(IMAGE_VERSION) if record["ImageName"] == image]

    def _turn(self, request: Request, allowed: set[str], through: str, to: str) -> None:
        record = self._demand(request, allowed, through)
        self.store.change(record, NotebookInstanceStatus=through)
        self.resources.move(NOTEBOOK, record, to)

    def _demand(self, request: Request, allowed: set[str], to: str) -> Record:
        record = self.resources.describe(NOTEBOOK, request)
        if (status := record["NotebookInstanceStatus"]) not in allowed:
            states, arn = ", ".join(sorted(allowed)), record["NotebookInstanceArn"]
            text = (
                f"Status ({status}) not in ([{states}]). Unable to transition to ({to}) for Notebook Instance ({arn})."
            )
            raise ApiError(INVALID, text)
        return record
