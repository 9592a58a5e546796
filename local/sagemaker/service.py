"""The service put together: one store, one set of faults, and the parts that answer the operations."""

from __future__ import annotations

from typing import Any

from local.sagemaker.faults import Faults
from local.sagemaker.feature_store.groups import FeatureGroups
from local.sagemaker.feature_store.offline import Offline
from local.sagemaker.feature_store.online import Online
from local.sagemaker.feature_store.records import Records
from local.sagemaker.hosting import Hosting
from local.sagemaker.jobs.jobs import Jobs
from local.sagemaker.jobs.processing import Processing
from local.sagemaker.jobs.training import Training
from local.sagemaker.jobs.transform import Transform
from local.sagemaker.jobs.tuning import Tuning
from local.sagemaker.monitoring.schedules import Monitoring
from local.sagemaker.pipelines.executions import Executions
from local.sagemaker.pipelines.pipelines import Pipelines
from local.sagemaker.projects import Projects
from local.sagemaker.registry import Registry
from local.sagemaker.resources import Resources, Tags
from local.sagemaker.store import Store
from local.sagemaker.studio import Studio
from local.sagemaker.studio_images import Images
from local.sagemaker.studio_people import People
from local.sagemaker.workbench import Workbench
from local.service import Service


class SageMaker(Service):
    """`call` answers an operation as the API does, and goes wrong where that was ordered."""

    def __init__(self) -> None:
        self.store, self.faults = Store(), Faults()
        self.resources = Resources(self.store, self.faults)
        self.jobs = Jobs(self.resources)
        self.training = Training(self.jobs)
        self.pipelines = Pipelines(self.resources)
        self.hosting = Hosting(self.resources)
        self.monitoring = Monitoring(self.resources, self.call)
        super().__init__("sagemaker", self._parts())

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        self.faults.before(operation)
        answer = super().call(operation, params)
        self.faults.after(operation)
        return answer

    def _parts(self) -> list[object]:
        """In the order in which they are asked; `resources` answers what no part answers itself."""
        return [
            Studio(self.resources),
            People(self.resources),
            Images(self.resources),
            *self._feature_store(),
            Projects(self.resources),
            Workbench(self.resources),
            Tags(self.store),
            Registry(self.resources),
            self.training,
            Processing(self.jobs),
            Transform(self.jobs),
            Tuning(self.jobs, self.training),
            self.jobs,
            self.pipelines,
            Executions(self.resources, self.pipelines),
            *self.hosting.parts,
            self.monitoring,
            self.resources,
            self.store,
            self.faults,
        ]

    def _feature_store(self) -> list[object]:
        online, offline = Online(), Offline(self.store)
        return [FeatureGroups(self.resources, online, offline), Records(self.store, online, offline)]
