"""Every name that two parts of the platform must agree on.

A name is computed, never typed twice: stacks use it to create a resource,
Lambdas and jobs use it to find the same resource.

Team and environment names hold no hyphen, so the prefix of one team
environment is never the prefix of another one's (`risk-dev-` against
`riskdev-`): ARN patterns made from it isolate teams.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

TEAM_PATTERN = r"[a-z][a-z0-9]{1,14}"
MODEL_PATTERN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
MODEL_MAX = 24

JOB_NAME_MAX = 63
"""SageMaker takes no longer name of a job."""
RUN_ID_LENGTH = 16
"""Of the id that EventBridge Scheduler gives each run (Scheduler guide, "Adding context attributes")."""

TEAM_TAG = "homeostat"
"""Tag of every resource of a team environment, with `TeamNames.prefix` as its value. Budgets and policies go by it."""

VARIANT = "AllTraffic"
"""The one production variant of every endpoint; autoscaling and alarms watch it by this name."""
REDEPLOYMENT = "redeployment"
"""The hourly deployment of the operations stack; its dead letters are what refused it."""


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

    def tags(self, cost_center: str) -> dict[str, str]:
        """Of everything that is made for this team environment, by templates and at run time."""
        return {
            "team": self.team,
            "environment": self.environment,
            "cost-center": cost_center,
            TEAM_TAG: self.prefix,
        }

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

    def studio_image(self, image: str) -> str:
        """SageMaker image made of one of the team's own container images; at most `SAGEMAKER_LONGEST` characters."""
        return f"{self.prefix}-{image}"

    def app_image_config(self, image: str, app: str) -> str:
        """How an application (JupyterLab, CodeEditor) starts with that image; at most `SAGEMAKER_LONGEST`."""
        return f"{self.prefix}-{image}-{APP_INITIALS[app]}"

    def lifecycle_config(self, app: str, digest: str) -> str:
        """Of a Studio application; `digest` is of its script, which can never be changed."""
        return f"{self.prefix}-{app.lower()}-{digest[:8]}"

    @property
    def notebook_lifecycle(self) -> str:
        return f"{self.prefix}-stops-when-idle"

    def notebook(self, notebook: str) -> str:
        """Notebook instance; at most `SAGEMAKER_LONGEST` characters."""
        return f"{self.prefix}-{notebook}"

    @property
    def canvas_prefix(self) -> str:
        """In the data bucket: what members make with SageMaker Canvas."""
        return "canvas/"

    @property
    def home_vault(self) -> str:
        """Backup vault of the members' home folders."""
        return f"{self.prefix}-homes"

    @property
    def key_alias(self) -> str:
        return f"alias/{self.prefix}"

    @property
    def image_build(self) -> str:
        """CodeBuild project that builds the container images."""
        return f"{self.prefix}-images"

    def project(self, name: str) -> str:
        """SageMaker project, which members start with a model's code; at most `PROJECT_LONGEST` characters."""
        return f"{self.prefix}-{name}"

    def project_build(self, name: str) -> str:
        """CodeBuild project of a SageMaker project."""
        return f"{self.project(name)}-build"

    def feature_group(self, group: str) -> str:
        """In Feature Store; at most `FEATURE_STORE_LONGEST` characters."""
        return f"{self.prefix}-{group}"

    @property
    def database(self) -> str:
        """Glue database of the tables over offline data; Athena takes no hyphens unquoted."""
        return f"{self.team}_{self.environment}"

    @staticmethod
    def table(group: str) -> str:
        """Of a feature group's records, in `database`."""
        return group.replace("-", "_")

    # Keys that belong to no model. Each holds an underscore, so no model's name makes the same one.

    @property
    def feature_prefix(self) -> str:
        """In the data bucket: the offline stores of the feature groups."""
        return "feature_store/"

    @property
    def query_prefix(self) -> str:
        """In the data bucket: results of queries."""
        return "query_results/"

    @property
    def mlflow_prefix(self) -> str:
        """In the models bucket: what runs leave in the MLflow App."""
        return "mlflow_app/"

    def cluster_key(self, job: str) -> str:
        """In the reports bucket: what only the hosts of one job know.

        >>> TeamNames("risk", "dev").cluster_key("risk-dev-churn-monitor-1")
        'cluster_secrets/risk-dev-churn-monitor-1'
        """
        return f"cluster_secrets/{job}"

    @property
    def digests_key(self) -> str:
        """In the models bucket: what the last build of the images made."""
        return "container_images/digests.json"

    @property
    def workgroup(self) -> str:
        """Athena workgroup of the team's queries."""
        return self.prefix

    @property
    def mlflow(self) -> str:
        """MLflow App; its ARN, which AWS generates, is the value of `mlflow_parameter`."""
        return self.prefix

    @property
    def mlflow_parameter(self) -> str:
        return f"{self.parameters}/mlflow/arn"

    @property
    def ledger(self) -> str:
        """DynamoDB table of claims and episodes."""
        return f"{self.prefix}-ledger"

    @property
    def topic(self) -> str:
        return f"{self.prefix}-notifications"

    @property
    def budget_topic(self) -> str:
        """AWS Budgets says there that the budget is spent; nobody else may."""
        return f"{self.prefix}-budget"

    def alarm(self, subject: str, kind: str) -> str:
        """On something that is no model's, as a function; the dot is in no model's alarm."""
        return f"{self.prefix}-{subject}.{kind}"

    @property
    def dashboard(self) -> str:
        return self.prefix

    @property
    def quotas_parameter(self) -> str:
        """SSM parameter that holds the `core.contracts.quotas.WatchedQuotas`."""
        return f"{self.parameters}/quotas"

    @property
    def parameters(self) -> str:
        """Prefix of the SSM parameters of this team environment."""
        return f"/homeostat/{self.team}/{self.environment}"

    def model(self, model: str) -> ModelNames:
        return ModelNames(self, model)


APP_INITIALS = {"JupyterLab": "jl", "CodeEditor": "ce"}
SAGEMAKER_LONGEST = 63
"""Characters in most of SageMaker's names."""

FEATURE_STORE_LONGEST = 64
"""Characters in the name of a feature group."""

PROJECT_LONGEST = 32
"""Characters in the name of a SageMaker project."""

BUCKETS = ("data", "models", "capture", "reports", "projects", "logs")


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
