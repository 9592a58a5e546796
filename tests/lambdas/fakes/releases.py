"""Packages, the endpoint and what is in service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.contracts.evaluation import Evaluation
from core.contracts.policy import ReleasePolicy
from core.contracts.release import Release
from core.names import ModelNames
from core.remediation.promotion import Deploy, Endpoint, Package
from lambdas.failures import NotThere, Refused
from tests.lambdas.fakes.ledger import Clock
from tests.lambdas.faults import Faults


@dataclass
class FakeReleases:
    """`lambdas.remediate.ports.Releases`."""

    faults: Faults
    told: list[str] = field(default_factory=list)

    def switch(self, model: str) -> None:
        self.faults.call("releases.switch", lambda: self.told.append(model))


class FakeRegistry:
    """`lambdas.promote.ports.Registry`."""

    def __init__(self, faults: Faults, names: ModelNames) -> None:
        self.faults, self.names = faults, names
        self.packages: dict[str, Package] = {}

    def arn(self, version: int) -> str:
        return f"arn:aws:sagemaker:us-east-1:111122223333:model-package/{self.names.package_group}/{version}"

    def register(self, evaluation: Evaluation | None, approval: str = "Approved", episode: str = "none") -> Package:
        version = len(self.packages) + 1
        package = Package(
            arn=self.arn(version),
            group=self.names.package_group,
            version=version,
            status="Completed",
            approval=approval,
            episode=episode,
            evaluation=evaluation,
        )
        self.packages[package.arn] = package
        return package

    def review(self, arn: str, approval: str) -> None:
        self.packages[arn] = replace(self.packages[arn], approval=approval)

    def package(self, arn: str) -> Package:
        def effect() -> Package:
            if arn not in self.packages:
                raise NotThere("ValidationException", f"ModelPackage {arn} does not exist.")
            return self.packages[arn]

        return self.faults.call("registry.package", effect)

    def newest_approved(self, group: str) -> str | None:
        def effect() -> str | None:
            approved = [package for package in self.packages.values() if package.approval == "Approved"]
            return approved[-1].arn if approved else None

        return self.faults.call("registry.newest_approved", effect)


class FakeEndpoints:
    """`Endpoints` of promote and of settle: one endpoint, which changes when a test says so."""

    def __init__(self, clock: Clock, faults: Faults, releases: list[Release]) -> None:
        self.clock, self.faults, self.releases = clock, faults, releases
        self.now: Endpoint | None = None
        self.target = ""
        """Config that the endpoint is changing to."""
        self.prepared: set[str] = set()
        self.deployments: list[tuple[str, Deploy]] = []
        self.refusals: list[Refused] = []
        self.scaled: list[tuple[int, int]] = []

    def endpoint(self, name: str) -> Endpoint | None:
        return self.faults.call("endpoints.endpoint", lambda: self.now)

    def prepare(self, names: ModelNames, release: str, package_arn: str, instances: int, policy: ReleasePolicy) -> None:
        self.faults.call("endpoints.prepare", lambda: self.prepared.add(release))

    def deploy(self, endpoint: str, release: str, how: Deploy, policy: ReleasePolicy) -> None:
        def effect() -> None:
            if self.refusals:
                raise self.refusals.pop(0)
            assert release in self.prepared
            if how.create != (self.now is None) or (self.now is not None and self.now.status != "InService"):
                raise Refused("ValidationException", "Cannot update in-progress endpoint")
            self.deployments.append((release, how))
            before = self.now or Endpoint(status="", config=release, modified="", instances=how.instances)
            self.now, self.target = self.become(before, "Creating" if how.create else "Updating"), release

        self.faults.call("endpoints.deploy", effect)

    def become(self, before: Endpoint, status: str, config: str = "", failure: str = "") -> Endpoint:
        self.clock.pass_(seconds=1)
        modified = self.clock.now.isoformat()
        return replace(before, status=status, modified=modified, config=config or before.config, failure=failure)

    def finish(self, well: bool) -> None:
        """The deployment under way ends: in service, or rolled back to what served before."""
        assert self.now is not None
        first = self.now.status == "Creating"
        if well:
            self.now = self.become(self.now, "InService", self.target)
        else:
            self.now = self.become(self.now, "Failed" if first else "InService", failure="an alarm was raised")

    def scale(self, endpoint: str, policy: ReleasePolicy) -> None:
        bounds = (policy.minimum_instances, policy.maximum_instances)
        self.faults.call("endpoints.scale", lambda: self.scaled.append(bounds))

    def write_release(self, model: str, release: Release) -> None:
        self.faults.call("endpoints.write_release", lambda: self.releases.append(release))
