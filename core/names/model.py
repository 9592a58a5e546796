"""Names of one model in one team environment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.names.parts import JOB_NAME_MAX, MODEL_MAX, MODEL_PATTERN, RUN_ID_LENGTH, checked

if TYPE_CHECKING:
    from core.names.team import TeamNames


@dataclass(frozen=True, slots=True)
class ModelNames:
    """Names of one model in one team environment.

    >>> from core.names import TeamNames
    >>> churn = TeamNames("risk", "dev").model("churn")
    >>> churn.endpoint, churn.pipeline, churn.alarm("drift")
    ('risk-dev-churn', 'risk-dev-churn-training', 'risk-dev-churn-drift')
    """

    of: TeamNames
    model: str

    def __post_init__(self) -> None:
        checked("model", self.model, MODEL_PATTERN, MODEL_MAX)

    @property
    def endpoint(self) -> str:
        return f"{self.of.prefix}-{self.model}"

    @property
    def pipeline(self) -> str:
        return f"{self.endpoint}-training"

    @property
    def package_group(self) -> str:
        return self.endpoint

    @property
    def monitor(self) -> str:
        """The schedule that starts the monitor; also the MonitoringSchedule dimension of its metrics."""
        return f"{self.endpoint}-monitor"

    @property
    def retraining(self) -> str:
        """The schedule that asks for a retraining every few days, where there is one."""
        return f"{self.endpoint}-retrain"

    @property
    def monitor_runs(self) -> str:
        """What the name of each run of the monitor begins with; `RUN_ID_LENGTH` characters follow.

        A name that would be too long is cut and told apart by a hash.
        """
        return _beginning(self.monitor)

    @property
    def batch(self) -> str:
        """The schedule that scores rows in batches; also the MonitoringSchedule dimension of what is seen of them."""
        return f"{self.endpoint}-batch"

    @property
    def batch_jobs(self) -> str:
        """What the name of each transform job of that schedule begins with, as `monitor_runs`."""
        return _beginning(self.batch)

    def managed_monitor(self, monitoring_type: str, of_batches: bool = False) -> str:
        """SageMaker's own schedule for one kind of monitor, where a team wants those; as long as a job's name may be.

            >>> from core.names import TeamNames
        >>> churn = TeamNames("risk", "dev").model("churn")
            >>> churn.managed_monitor("ModelBias"), churn.managed_monitor("ModelBias", of_batches=True)
            ('risk-dev-churn-mb', 'risk-dev-churn-bmb')
        """
        initials = "".join(filter(str.isupper, monitoring_type)).lower()
        return f"{self.endpoint}-{'b' if of_batches else ''}{initials}"

    def alarm(self, kind: str) -> str:
        return f"{self.endpoint}-{kind}"

    @property
    def dashboard(self) -> str:
        return self.endpoint

    @property
    def policy_parameter(self) -> str:
        """SSM parameter that holds this model's `core.contracts.policy.ModelPolicy`."""
        return f"{self.of.parameters}/{self.model}/policy"

    @property
    def standing_parameter(self) -> str:
        """SSM parameter that says whether the endpoint stands, in the words of `core.contracts.managed`. Kept true by
        `lambdas/settle`; deployments go by it."""
        return f"{self.of.parameters}/{self.model}/endpoint"

    # Keys. Each is a prefix that ends in a slash, in the bucket that the name says.

    @property
    def data_prefix(self) -> str:
        """In the data bucket: labelled rows, CSV with a header."""
        return f"{self.model}/labelled/"

    @property
    def ground_truth_prefix(self) -> str:
        """In the data bucket: labels that arrive after the prediction, by hour of collection."""
        return f"{self.model}/ground-truth/"

    @property
    def capture_prefix(self) -> str:
        """In the capture bucket: SageMaker appends endpoint, variant, yyyy/mm/dd/hh."""
        return f"{self.model}/"

    @property
    def report_prefix(self) -> str:
        """In the reports bucket: one folder a window."""
        return f"{self.model}/"

    @property
    def managed_report_prefix(self) -> str:
        """In the reports bucket: what SageMaker's own schedules leave; it appends endpoint, schedule, yyyy/mm/dd/hh."""
        return f"{self.model}/managed/"

    @property
    def artifact_prefix(self) -> str:
        """In the models bucket: what training jobs and pipeline steps write."""
        return f"{self.model}/artifacts/"

    @property
    def batch_prefix(self) -> str:
        """In the data bucket: rows to score, and answers. In the capture and reports buckets: what is seen of them."""
        return f"{self.model}/batch/"

    @property
    def release_key(self) -> str:
        """In the models bucket: the `core.contracts.release.Release` that is in service."""
        return f"{self.model}/current/release.json"


def _beginning(stem: str) -> str:
    """Of the names of a schedule's jobs; `RUN_ID_LENGTH` characters follow."""
    room = JOB_NAME_MAX - RUN_ID_LENGTH - 1
    if len(stem) > room:
        stem = f"{stem[: room - 9].rstrip('-')}-{hashlib.sha256(stem.encode()).hexdigest()[:8]}"
    return f"{stem}-"
