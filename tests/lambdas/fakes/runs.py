"""Executions of the pipeline: started with tokens, listed, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.contracts.parameters import TrainingParameters
from core.remediation.billing import Job
from core.remediation.run import Execution, Registered
from lambdas.failures import Conflicting, NotThere, QuotaReached, Refused
from lambdas.remediate.ports import Listed
from lambdas.settle.ports import Artifacts
from tests.lambdas.fakes.ledger import Clock
from tests.lambdas.fakes.releases import FakeRegistry
from tests.lambdas.faults import Faults

CONFLICT = Conflicting("ConflictException", "Another request for this execution is in progress.")
NO_CAPACITY = QuotaReached("ResourceLimitExceeded", "The account-level limit is 0 instances.")
REFUSED = Refused("ValidationException", "Parameter TrainOn is not defined.")


@dataclass
class Run:
    """One execution of the pipeline."""

    arn: str
    token: str
    name: str
    parameters: TrainingParameters
    at: datetime
    status: str = "Executing"
    failure: str = ""
    gate: str | None = None
    package: str | None = None
    jobs: tuple[Job, ...] | None = None


class FakePipelines:
    """`lambdas.remediate.ports.Pipelines`, honouring tokens: one token, one execution."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock, self.faults = clock, faults
        self.runs: list[Run] = []
        self.exists = True
        self.tokens_forgotten = False
        self.refusals: list[Refused] = []
        """What the next calls of `start` answer instead of starting."""

    def executions(self, pipeline: str) -> tuple[Listed, ...]:
        def effect() -> tuple[Listed, ...]:
            self._check()
            listed = (run for run in reversed(self.runs) if f":pipeline/{pipeline}/" in run.arn)
            return tuple(Listed(run.arn, run.name, run.status) for run in listed)

        return self.faults.call("pipelines.executions", effect)

    def start(self, pipeline: str, token: str, name: str, parameters: TrainingParameters) -> str:
        return self.faults.call("pipelines.start", lambda: self._start(pipeline, token, name, parameters))

    def _start(self, pipeline: str, token: str, name: str, parameters: TrainingParameters) -> str:
        self._check()
        known = [run for run in self.runs if run.token == token and not self.tokens_forgotten]
        if known:
            assert known[0].parameters == parameters, "the same token with other parameters"
            return known[0].arn
        if self.refusals:
            raise self.refusals.pop(0)
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{pipeline}/execution/run{len(self.runs) + 1}"
        self.runs.append(Run(arn, token, name, parameters, self.clock.now))
        return arn

    def _check(self) -> None:
        if not self.exists:
            raise NotThere("ResourceNotFound", "Pipeline does not exist.")


class FakeRuns:
    """`lambdas.settle.ports.Runs` over the pipelines and the registry."""

    def __init__(self, faults: Faults, pipelines: FakePipelines, registry: FakeRegistry) -> None:
        self.faults, self.pipelines, self.registry = faults, pipelines, registry

    def execution(self, arn: str) -> Execution | None:
        return self.faults.call("runs.execution", lambda: self._execution(arn))

    def _execution(self, arn: str) -> Execution | None:
        run = next((run for run in self.pipelines.runs if run.arn == arn and self.pipelines.exists), None)
        if run is None:
            return None
        package = self.registry.packages.get(run.package or "")
        registered = Registered(package.arn, package.version, package.approval) if package else None
        return Execution(
            arn=arn, status=run.status, failure=run.failure, gate=run.gate, package=registered, jobs=run.jobs
        )

    def approval(self, package_arn: str) -> str | None:
        package = self.registry.packages.get(package_arn)
        return self.faults.call("runs.approval", lambda: package.approval if package else None)

    def artifacts(self, package_arn: str) -> Artifacts:
        def effect() -> Artifacts:
            if package_arn not in self.registry.packages:
                raise NotThere("ValidationException", f"ModelPackage {package_arn} does not exist.")
            at = f"s3://models/{package_arn.rpartition('/')[2]}"
            return Artifacts(f"{at}/model.tar.gz", f"{at}/baseline/", f"{at}/evaluation.json")

        return self.faults.call("runs.artifacts", effect)
