"""Environment variables of every Lambda and container: infra writes them, the code reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, get_type_hints


class Environment:
    """Base of the records below: the field `ledger_table` is the variable LEDGER_TABLE."""

    def variables(self) -> dict[str, str]:
        return {name.upper(): str(value) for name, value in asdict(self).items()}  # type: ignore[call-overload]

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """Convert each variable to its field's type.

        Raises LookupError that names all missing variables at once, ValueError for one that does not convert.
        """
        types = get_type_hints(cls)
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        missing = [name.upper() for name in names if name.upper() not in variables]
        if missing:
            raise LookupError(f"{cls.__name__} needs {', '.join(missing)}")
        values: dict[str, Any] = {}
        for name in names:
            text = variables[name.upper()]
            try:
                values[name] = types[name](text)
            except ValueError:
                raise ValueError(f"{name.upper()} is not {types[name].__name__}: {text!r}") from None
        return cls(**values)


@dataclass(frozen=True)
class RemediateEnvironment(Environment):
    """`lambdas/remediate`. Everything else is found by computed names."""

    team: str
    environment: str
    account: str
    region: str
    most_runs: int
    """Training runs at once in the environment; 0 where nobody has bounded that."""


@dataclass(frozen=True)
class PromoteEnvironment(Environment):
    """`lambdas/promote`."""

    team: str
    environment: str
    account: str
    region: str
    cost_center: str
    serving_role_arn: str
    subnet_ids: str
    """Comma-separated, as are the security groups."""
    security_group_ids: str
    key_arn: str


@dataclass(frozen=True)
class SettleEnvironment(Environment):
    """`lambdas/settle`."""

    team: str
    environment: str
    account: str
    region: str
    redeployed: int
    """1 where the operations stack is deployed again each hour and what refused that lies in a queue, else 0."""


@dataclass(frozen=True)
class GovernEnvironment(Environment):
    """`lambdas/govern`."""

    team: str
    environment: str
    account: str
    region: str
    budget: str
    """Name of the budget in AWS Budgets."""
    freeze_at_percent: int


@dataclass(frozen=True)
class BatchEnvironment(Environment):
    """`lambdas/batch`."""

    team: str
    environment: str
    account: str
    region: str
    cost_center: str
    monitor_role_arn: str
    image_uri: str
    """Of the image PROCESS."""
    subnet_ids: str
    """Comma-separated, as are the security groups."""
    security_group_ids: str
    key_arn: str


@dataclass(frozen=True)
class QuotasEnvironment(Environment):
    """`lambdas/quotas`."""

    team: str
    environment: str
    account: str
    region: str


@dataclass(frozen=True)
class TeardownEnvironment(Environment):
    """`lambdas/teardown`."""

    team: str
    environment: str
    cost_center: str


@dataclass(frozen=True)
class JobEnvironment(Environment):
    """Every processing job: whose it is. Buckets, keys and parameters follow by `core.names`."""

    team: str
    environment: str
    model: str
    account: str
    region: str


@dataclass(frozen=True)
class PrepareEnvironment(JobEnvironment):
    """`containers/prepare`: the fields of `TrainingParameters` that choose the rows."""

    train_on: str
    recent_from: str
    recent_until: str
    without: str


@dataclass(frozen=True)
class MonitorEnvironment(JobEnvironment):
    """`containers/monitor`.

    EventBridge Scheduler fills `scheduled_at` with the time for which the run was scheduled; the window is the
    `window_s` seconds that end there.
    """

    scheduled_at: str
    window_s: int


@dataclass(frozen=True)
class BatchMonitorEnvironment(MonitorEnvironment):
    """`containers/monitor` over a transform job: its window begins when the job was made, and ends when it ended."""

    transform_job: str
    due_at: str
    """When the job was due: the time of what is published."""

    @staticmethod
    def given(variables: Mapping[str, str]) -> bool:
        """Whether the run is over a transform job."""
        return "TRANSFORM_JOB" in variables


@dataclass(frozen=True)
class BatchLabelsEnvironment(BatchMonitorEnvironment):
    """`containers/monitor` over the same transform job, when late labels have come."""

    labels_until: str
    """Labels count that were collected before: a time in ISO 8601, and that of what is published."""

    @staticmethod
    def given(variables: Mapping[str, str]) -> bool:
        """Whether the run is about late labels."""
        return "LABELS_UNTIL" in variables
