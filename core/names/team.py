"""Names of one team's environment."""

from __future__ import annotations

from dataclasses import dataclass

from core.names.model import ModelNames
from core.names.parts import (
    APP_INITIALS,
    BUCKETS,
    TEAM_PATTERN,
    TEAM_TAG,
    checked,
)


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
        checked("team", self.team, TEAM_PATTERN, 15)
        checked("environment", self.environment, TEAM_PATTERN, 15)

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
