"""What people work with beside Studio: notebook instances, MLflow apps, feature groups, projects."""

from __future__ import annotations

import uuid

from ministack.core.responses import get_region

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
LIFECYCLE = named("NotebookInstanceLifecycleConfig", "notebook-instance-lifecycle-config")
PLAIN = (LIFECYCLE, named("CodeRepository", "code-repository"))
SMALLEST_GB = 5
"""A notebook instance's volume where nothing is said."""


class Workbench:
    """Their operations where a rule goes beyond keeping a record."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        for kind in (NOTEBOOK, MLFLOW_APP, FEATURE_GROUP, PROJECT, *PLAIN):
            resources.add(kind)

    def create_notebook_instance(self, request: Request) -> Record:
        """Described by other names than those by which it is made."""
        self._check_lifecycle(request)
        given = {
            "NotebookInstanceLifecycleConfigName": request.get("LifecycleConfigName"),
            "SecurityGroups": request.get("SecurityGroupIds"),
            "Url": f"{request['NotebookInstanceName']}.notebook.{get_region()}.sagemaker.aws",
        }
        return self.resources.create(NOTEBOOK, {**request, **given})

    def start_notebook_instance(self, request: Request) -> None:
        self._turn(request, {"Stopped", "Failed"}, "Pending", "InService")

    def stop_notebook_instance(self, request: Request) -> None:
        self._turn(request, {"InService"}, "Stopping", "Stopped")

    def update_notebook_instance(self, request: Request) -> None:
        record = self._demand(request, {"Stopped", "Failed"}, "Updating")
        self._check_lifecycle(request)
        size, standing = request.get("VolumeSizeInGB"), record.get("VolumeSizeInGB", SMALLEST_GB)
        if size is not None and size < standing:
            raise ApiError(INVALID, f"VolumeSizeInGB can only be increased: found {size}, the volume has {standing}.")
        change = dict(request)
        if change.pop("DisassociateLifecycleConfig", False):
            change["NotebookInstanceLifecycleConfigName"] = None
        if name := change.pop("LifecycleConfigName", None):
            change["NotebookInstanceLifecycleConfigName"] = name
        self.resources.update(NOTEBOOK, change)

    def delete_notebook_instance(self, request: Request) -> None:
        self._demand(request, {"Stopped", "Failed"}, "Deleting")
        self.resources.delete(NOTEBOOK, request)

    def create_mlflow_app(self, request: Request) -> Record:
        return self.resources.create(MLFLOW_APP, {**request, "AppId": f"app-{uuid.uuid4().hex[:12].upper()}"})

    def _check_lifecycle(self, request: Request) -> None:
        if name := request.get("LifecycleConfigName"):
            self.store.get(LIFECYCLE, name)

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
