"""What a team may ask of the platform. This file and the sections it names are the schema; docs/config.md is made
from it.

Sections that a later feature adds are new fields with defaults, so that a team file that is valid today stays valid.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.config.data import FeatureGroup, Queries
from core.config.environment import Environment
from core.config.model import Model
from core.config.strict import Email, InstanceType, Name, Phone, Slug, Strict, TagValue
from core.config.studio import Member, Space, Studio
from core.contracts.images import EVERY, IMAGES
from core.contracts.images import Image as PlatformImage
from core.names import TeamNames

SMALL = ("ml.t3.medium", "ml.t3.large", "ml.t3.xlarge")
STANDARD = (
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.2xlarge",
    "ml.m5.4xlarge",
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.c5.4xlarge",
)
"""Allowed where the team says nothing else: general instances without accelerators. Endpoints take no t3."""
MOST_TYPES = 48
"""For one use: what is allowed stands in one IAM policy, which has a longest length."""
InstanceTypes = Annotated[tuple[InstanceType, ...], Field(min_length=1, max_length=MOST_TYPES)]
MOST_OWNERS = 10
"""AWS Budgets takes at most ten e-mail addresses a notification."""


class Notify(Strict):
    """Where the team's notifications go."""

    email: tuple[Email, ...] = Field(
        (), description="E-mail addresses; each confirms its subscription once.", examples=[["team@example.com"]]
    )
    sms: tuple[Phone, ...] = Field(
        (),
        description="Phone numbers in E.164 form: told only what a person must act on.",
        examples=[["+15550100000"]],
    )


class Instances(Strict):
    """Instance types that the team may use; all others are denied, GPUs among them unless they are named here."""

    training: InstanceTypes = Field(
        (*SMALL, *STANDARD),
        description="For training and tuning jobs.",
        examples=[["ml.m5.large", "ml.m5.xlarge", "ml.g5.xlarge"]],
    )
    processing: InstanceTypes = Field((*SMALL, *STANDARD), description="For processing, monitoring and transform jobs.")
    serving: InstanceTypes = Field((*STANDARD, "ml.c5.large"), description="For endpoints.")
    studio: InstanceTypes = Field((*SMALL, *STANDARD), description="For Studio applications and notebook instances.")


class Image(Strict):
    """A container image of the team's own, built in the team's account from a folder with a Dockerfile."""

    name: Name = Field(description="Last part of its ECR repository's name.", examples=["research"])
    folder: str = Field(
        min_length=1,
        max_length=200,
        description="Folder with its Dockerfile, relative to the team file's folder and inside it.",
        examples=["images/research"],
    )


class Team(Strict):
    """One team: its environments, people and models."""

    team: Slug = Field(description="Name of the team; first part of every resource's name.", examples=["risk"])
    owners: Annotated[tuple[Email, ...], Field(min_length=1, max_length=MOST_OWNERS)] = Field(
        description="Who answers for the team's cost.", examples=[["owner@example.com"]]
    )
    cost_center: TagValue = Field("none", description="Value of the cost-allocation tag.")
    notify: Notify = Field(default_factory=Notify, description="Where notifications go.")
    monthly_budget_usd: float = Field(500, gt=0, description="Budget of each environment.")
    freeze_at_percent: int = Field(
        100, ge=1, le=1000, description="Share of the budget from which on no retraining is started by the platform."
    )
    environments: Annotated[tuple[Environment, ...], Field(min_length=1)] = Field(
        description="Where the team's platform is deployed."
    )
    instances: Instances = Field(default_factory=Instances, description="Instance types that the team may use.")
    longest_job_hours: int = Field(
        72, ge=1, le=28 * 24, description="No training or processing job may be started that could run longer."
    )
    studio: Studio = Field(default_factory=Studio, description="The SageMaker domain.")
    members: tuple[Member, ...] = Field((), description="People with a user profile.")
    spaces: tuple[Space, ...] = Field((), description="Studio spaces.")
    images: tuple[Image, ...] = Field((), description="Container images of the team's own.")
    feature_groups: tuple[FeatureGroup, ...] = Field((), description="Groups of features in Feature Store.")
    queries: Queries = Field(default_factory=Queries, description="SQL over offline data.")
    mlflow: bool = Field(True, description="Give the team an MLflow App: runs, their metrics and models.")
    projects: bool = Field(
        True, description="Give members a project template for a model's repository, wired to the team's pipeline."
    )
    models: tuple[Model, ...] = Field((), description="Models that the platform trains, serves and watches.")

    @property
    def platform_images(self) -> tuple[PlatformImage, ...]:
        """Those of the platform's images that the team's models need."""
        return EVERY if any(model.monitoring.workers > 1 for model in self.models) else IMAGES

    @property
    def training_images(self) -> frozenset[str]:
        """Names of the team's own images that train its models."""
        return frozenset(model.training.image for model in self.models if model.training.image)

    def names(self, environment: Environment) -> TeamNames:
        return TeamNames(self.team, environment.name)
