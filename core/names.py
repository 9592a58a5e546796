"""Every name that two parts of the platform must agree on.

A name is computed, never typed twice: stacks use it to create a resource,
Lambdas and jobs use it to find the same resource.

Team and environment names hold no hyphen, so the prefix of one team
environment is never the prefix of another one's (`risk-dev-` against
`riskdev-`): ARN patterns made from it isolate teams.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TEAM_PATTERN = r"[a-z][a-z0-9]{1,14}"
MODEL_PATTERN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
MODEL_MAX = 24

VARIANT = "AllTraffic"
"""The one production variant of every endpoint; autoscaling and alarms watch it by this name."""


def _checked(kind: str, value: str, pattern: str, longest: int) -> None:
    if len(value) > longest or not re.fullmatch(pattern, value):
        raise ValueError(f"{kind} {value!r} must match {pattern} and have at most {longest} characters")


@dataclass(frozen=True, slots=True)
class TeamNames:
    """Names of one team's environment.

    >>> risk = TeamNames(team="risk", environment="dev")
    >>> risk.stack("network"), risk.bucket("data", "111122223333", "eu-west-1")
    ('risk-dev-network', 'risk-dev-data-111122223333-eu-west-1')
    """

    team: str
    environment: str

    def __post_init__(self) -> None:
        _checked("team", self.team, TEAM_PATTERN, 15)
        _checked("environment", self.environment, TEAM_PATTERN, 15)

    @property
    def prefix(self) -> str:
        """First part of every name of this team environment; its ARNs are scoped by `prefix-*`."""
        return f"{self.team}-{self.environment}"

    def stack(self, kind: str) -> str:
        return f"{self.prefix}-{kind}"

    def bucket(self, purpose: str, account: str, region: str) -> str:
        """Globally unique: account and region are part of it. `purpose` is one of `BUCKETS`."""
        if purpose not in BUCKETS:
            raise ValueError(f"bucket purpose {purpose!r} is not one of {', '.join(BUCKETS)}")
        return f"{self.prefix}-{purpose}-{account}-{region}"

    def role(self, kind: str) -> str:
        """`kind` is the job or persona: training, processing, pipeline, serving, monitor, ..."""
        return f"{self.prefix}-{kind}"

    def function(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def queue(self, name: str) -> str:
        """The queue in front of a function; see also `dead_letters`."""
        return f"{self.prefix}-{name}"

    def dead_letters(self, name: str) -> str:
        return f"{self.prefix}-{name}-dead"

    def repository(self, image: str) -> str:
        """ECR repository of one of the images in `core.contracts.images`."""
        return f"{self.prefix}/{image}"

    @property
    def domain(self) -> str:
        return self.prefix

    @property
    def key_alias(self) -> str:
        return f"alias/{self.prefix}"

    @property
    def ledger(self) -> str:
        """DynamoDB table of claims and episodes."""
        return f"{self.prefix}-ledger"

    @property
    def topic(self) -> str:
        return f"{self.prefix}-notifications"

    @property
    def dashboard(self) -> str:
        return self.prefix

    @property
    def parameters(self) -> str:
        """Prefix of the SSM parameters of this team environment."""
        return f"/homeostat/{self.team}/{self.environment}"

    def model(self, model: str) -> ModelNames:
        return ModelNames(self, model)


BUCKETS = ("data", "models", "capture", "reports", "logs")


@dataclass(frozen=True, slots=True)
class ModelNames:
    """Names of one model in one team environment.

    >>> churn = TeamNames("risk", "dev").model("churn")
    >>> churn.endpoint, churn.pipeline, churn.alarm("drift")
    ('risk-dev-churn', 'risk-dev-churn-training', 'risk-dev-churn-drift')
    """

    of: TeamNames
    model: str

    def __post_init__(self) -> None:
        _checked("model", self.model, MODEL_PATTERN, MODEL_MAX)

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

    def alarm(self, kind: str) -> str:
        return f"{self.endpoint}-{kind}"

    @property
    def dashboard(self) -> str:
        return self.endpoint

    @property
    def policy_parameter(self) -> str:
        """SSM parameter that holds this model's `core.contracts.policy.ModelPolicy`."""
        return f"{self.of.parameters}/{self.model}/policy"

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
    def artifact_prefix(self) -> str:
        """In the models bucket: what training jobs and pipeline steps write."""
        return f"{self.model}/artifacts/"

    @property
    def release_key(self) -> str:
        """In the models bucket: the `core.contracts.release.Release` that is in service."""
        return f"{self.model}/current/release.json"
