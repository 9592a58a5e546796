"""A small AWS in memory behind the functions' ports: rows, executions with tokens, packages, an endpoint, a topic.

Every port goes through one `Faults`, so a test can lose or kill any call, and one clock, which a test moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contracts.evaluation import Evaluation
from core.contracts.ledger import Key
from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy, ReleasePolicy
from core.contracts.release import Release
from core.governance.refusals import Refusal
from core.names import ModelNames
from core.remediation.billing import Job
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.items import from_item, to_item
from core.remediation.notice import Notice
from core.remediation.promotion import Deploy, Endpoint, Package
from core.remediation.rows import Row
from core.remediation.run import Execution, Registered
from lambdas.failures import Conflicting, NotThere, QuotaReached, Refused, Stale
from lambdas.ports import Reading
from lambdas.remediate.ports import Listed, Standing
from lambdas.settle.ports import Artifacts
from tests.lambdas.faults import Faults

SILENT = NoEvidence("The monitor has not left a report yet.")
BEGINNING = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Clock:
    """The time of the whole world. The ledger shows whole seconds of it, as a Date header does."""

    now: datetime = BEGINNING

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    @property
    def header(self) -> datetime:
        return self.now.replace(microsecond=0)


class FakeLedger:
    """`lambdas.ports.Ledger`: rows go through the same items as in DynamoDB."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock, self.faults = clock, faults
        self.items: dict[Key, dict[str, Any]] = {}

    def read(self, *keys: Key) -> Reading:
        return self.faults.call("ledger.read", lambda: self.peek(*keys))

    def peek(self, *keys: Key) -> Reading:
        found = {key: from_item(self.items[key]) for key in keys if key in self.items}
        return Reading(self.clock.header, found)

    def commit(self, *rows: Row, unchanged: tuple[Row, ...] = ()) -> None:
        def effect() -> None:
            for row in (*rows, *unchanged):
                stored = from_item(self.items[row.key]).revision if row.key in self.items else 0
                if stored != row.revision:
                    raise Stale(f"{row.key} has revision {stored}, {row.revision} was read")
            self.put(*rows)

        self.faults.call("ledger.commit", effect)

    def put(self, *rows: Row) -> None:
        assert len({row.key for row in rows}) == len(rows), "a transaction may name a row only once"
        for row in rows:
            self.items[row.key] = to_item(replace(row, revision=row.revision + 1))


@dataclass
class FakeTopic:
    """`lambdas.ports.Topic`."""

    faults: Faults
    notices: list[Notice] = field(default_factory=list)

    def publish(self, notice: Notice) -> None:
        self.faults.call("topic.publish", lambda: self.notices.append(notice))

    @property
    def outcomes(self) -> list[str]:
        return [notice.attributes["outcome"] for notice in self.notices]


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


@dataclass
class FakeFindings:
    """`lambdas.remediate.ports.Findings`."""

    faults: Faults
    releases: list[Release]
    """Those that were ever in service, the present one last."""
    found: Evidence | NoEvidence = field(default_factory=lambda: SILENT)
    of_batch: Evidence | NoEvidence = field(default_factory=lambda: SILENT)
    of_labels: Evidence | NoEvidence = field(default_factory=lambda: SILENT)

    @property
    def in_service(self) -> Release | None:
        return self.releases[-1] if self.releases else None

    def evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.found)

    def batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.of_batch)

    def late_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.of_labels)

    def late_batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        return self.faults.call("findings.evidence", lambda: self.of_labels)

    def release(self, model: str) -> Release | None:
        return self.faults.call("findings.release", lambda: self.in_service)


@dataclass
class FakeAlarms:
    """`lambdas.remediate.ports.Alarms`."""

    faults: Faults
    raised: list[Standing] = field(default_factory=list)
    changed: dict[str, datetime] = field(default_factory=dict)
    """When alarms were made; those that are not named, long ago."""

    def standing(self) -> tuple[Standing, ...]:
        def effect() -> tuple[Standing, ...]:
            return tuple(replace(alarm, made=self.changed.get(alarm.name, LONG_AGO)) for alarm in self.raised)

        return self.faults.call("alarms.standing", effect)

    def made(self, name: str) -> datetime | None:
        return self.faults.call("alarms.made", lambda: self.changed.get(name, LONG_AGO))


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


class FakeStandings:
    """`lambdas.settle.ports.Standings`: for which models it was asked."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.kept: list[str] = []

    def keep(self, model: str) -> None:
        self.faults.call("standings.keep", lambda: self.kept.append(model))


class FakeRefusals:
    """`lambdas.settle.ports.Refusals`: what was not forgotten comes again."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.said: list[Refusal] = []

    def waiting(self) -> tuple[Refusal, ...]:
        return self.faults.call("refusals.waiting", lambda: tuple(self.said))

    def forget(self, refusals: tuple[Refusal, ...]) -> None:
        left = [each for each in self.said if each not in refusals]
        self.faults.call("refusals.forget", lambda: setattr(self, "said", left))


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


CONFLICT = Conflicting("ConflictException", "Another request for this execution is in progress.")
NO_CAPACITY = QuotaReached("ResourceLimitExceeded", "The account-level limit is 0 instances.")
REFUSED = Refused("ValidationException", "Parameter TrainOn is not defined.")
