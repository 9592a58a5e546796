"""Where people work: members, their spaces and notebook instances, and the domain around them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import InstanceType, Name, Strict, StudioApp

Role = Literal["data-scientist", "ml-engineer", "approver", "analyst"]


class Member(Strict):
    """A person with a SageMaker user profile."""

    name: Name = Field(description="Name of the user profile.")
    role: Role = Field(description="What the person may do.")
    sso_user: str | None = Field(
        None, max_length=128, description="User name in IAM Identity Center; needed where `studio.auth` is SSO."
    )


class Space(Strict):
    """A SageMaker Studio space."""

    name: Name = Field(description="Name of the space.")
    owner: Name = Field(description="The member who owns it.")
    sharing: Literal["Private", "Shared"] = Field("Private", description="Who may open it.")
    app: StudioApp = Field("JupyterLab", description="The application it runs.")
    instance_type: InstanceType = Field("ml.t3.medium", description="What its application runs on by default.")
    volume_gb: int = Field(20, ge=5, le=500, description="Size of its volume.")


class Notebook(Strict):
    """A SageMaker notebook instance, for those who still use one; spaces are the newer way."""

    name: Name = Field(description="Name of the notebook instance, after the team's prefix.")
    owner: Name = Field(description="The member whose role it runs with.")
    instance_type: InstanceType = Field("ml.t3.medium", description="What it runs on.")
    volume_gb: int = Field(20, ge=5, le=16384, description="Size of its volume.")


class Canvas(Strict):
    """SageMaker Canvas: models without code."""

    register_models: bool = Field(True, description="Models can be registered in the team's registry.")
    deploy_models: bool = Field(False, description="Models can be deployed to endpoints from Canvas.")
    forecast: bool = Field(False, description="Time-series forecasting is allowed.")


class RStudio(Strict):
    """RStudio on SageMaker; the account needs a licence from Posit in AWS License Manager."""

    connect_url: Annotated[str, Field(pattern=r"^https://")] | None = Field(
        None, description="The team's RStudio Connect server."
    )
    package_manager_url: Annotated[str, Field(pattern=r"^https://")] | None = Field(
        None, description="The team's RStudio Package Manager."
    )
    instance_type: InstanceType = Field("ml.t3.medium", description="Of the domain's RStudio server.")


class Studio(Strict):
    """The SageMaker domain."""

    auth: Literal["IAM", "SSO"] = Field("IAM", description="How members sign in.")
    idle_minutes: int = Field(120, ge=60, le=525600, description="Idle applications are stopped after this.")
    setup: dict[StudioApp, str] = Field(
        default_factory=dict,
        description="Shell script that runs whenever an application of this kind starts (lifecycle configuration).",
    )
    images: tuple[Name, ...] = Field((), description="Those of `images` that applications can be started with.")
    canvas: Canvas | None = Field(None, description="SageMaker Canvas; without this section there is none.")
    rstudio: RStudio | None = Field(None, description="RStudio; without this section there is none.")
    notebooks: tuple[Notebook, ...] = Field((), description="Notebook instances.")
