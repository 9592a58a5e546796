"""Hosting put together: configurations, endpoints, invocations, capture and metrics."""

from __future__ import annotations

from local.sagemaker.capture import Capture
from local.sagemaker.endpoints.configs import EndpointConfigs
from local.sagemaker.endpoints.operations import Endpoints
from local.sagemaker.endpoints.supervisor import Supervisor
from local.sagemaker.metering import Meter
from local.sagemaker.resources import Resources
from local.sagemaker.runtime import Runtime


class Hosting:
    """`parts` are asked by the service; `start` and `stop` frame the run of the launcher."""

    def __init__(self, resources: Resources) -> None:
        self.capture, self.meter = Capture(), Meter()
        self.endpoints = Endpoints(resources, self.capture)
        self.runtime = Runtime(self.endpoints, self.capture, self.meter)
        self.supervisor = Supervisor(self.endpoints)
        self.parts: tuple[object, ...] = (EndpointConfigs(resources), self.endpoints, self.runtime)

    def start(self) -> None:
        self.supervisor.start()

    def stop(self) -> None:
        """End the background work; the processes themselves are stopped with all others."""
        self.supervisor.stop()
        self.capture.stop()
        self.meter.stop()
