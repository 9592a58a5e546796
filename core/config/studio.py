"""Where people work: members, their spaces and notebook instances, and the domain around them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import Cidr, InstanceType, Name, SsoUser, Strict, StudioApp, Url

VOLUME_GB = 20
LARGEST_VOLUME_GB = 500
"""Of a space, whoever makes it."""

Role = Literal["data-scientist", "ml-engineer", "approver", "analyst"]


class Member(Strict):
    """A person with a SageMaker user profile."""

    name: Name = Field(description="Name of the user profile.", examples=["ada"])
    role: Role = Field(description="What the person may do.", examples=["data-scientist"])
    sso_user: SsoUser | None = Field(
        None,
        description="User name in IAM Identity Center; needed where `studio.auth` is SSO, and only there.",
        examples=["ada@example.com"],
        json_schema_extra={"only_with": "studio.auth: SSO"},
    )


class Space(Strict):
    """A SageMaker Studio space."""

    name: Name = Field(description="Name of the space.", examples=["notebooks"])
    owner: Name = Field(description="The member who owns it.", examples=["ada"])
    sharing: Literal["Private", "Shared"] = Field("Private", description="Who may open it.")
    app: StudioApp = Field("JupyterLab", description="The application it runs.")
    instance_type: InstanceType = Field("ml.t3.medium", description="What its application runs on by default.")
    volume_gb: int = Field(VOLUME_GB, ge=5, le=LARGEST_VOLUME_GB, description="Size of its volume.")


class Notebook(Strict):
    """A SageMaker notebook instance, for those who still use one; spaces are the newer way."""

    name: Name = Field(description="Name of the notebook instance, after the team's prefix.", examples=["classic"])
    owner: Name = Field(description="The member whose role it runs with.", examples=["ada"])
    instance_type: InstanceType = Field("ml.t3.medium", description="What it runs on.")
    volume_gb: int = Field(20, ge=5, le=16384, description="Size of its volume.")


class Canvas(Strict):
    """SageMaker Canvas: models without code. Files are uploaded from browsers inside the team's VPC."""

    register_models: bool = Field(True, description="Models can be registered in the team's registry.")
    deploy_models: bool = Field(False, description="Models can be deployed to endpoints from Canvas.")
    forecast: bool = Field(False, description="Time-series forecasting is allowed.")


class RStudio(Strict):
    """RStudio on SageMaker; the account needs a licence from Posit in AWS License Manager."""

    connect_url: Url | None = Field(
        None, description="The team's RStudio Connect server.", examples=["https://connect.example.com"]
    )
    package_manager_url: Url | None = Field(
        None, description="The team's RStudio Package Manager.", examples=["https://packages.example.com"]
    )
    instance_type: InstanceType = Field("ml.t3.medium", description="Of the domain's RStudio server.")


class Studio(Strict):
    """The SageMaker domain."""

    auth: Literal["IAM", "SSO"] = Field("IAM", description="How members sign in.")
    open_from: Annotated[tuple[Cidr, ...], Field(max_length=8)] = Field(
        (),
        description="Public address ranges from which members may open Studio where `auth` is IAM, as of an office. "
        "None: from inside the VPC only.",
        examples=[["198.51.100.0/24"]],
    )
    idle_minutes: int = Field(120, ge=60, le=525600, description="Idle applications are stopped after this.")
    setup: dict[StudioApp, str] = Field(
        default_factory=dict,
        description="Shell script that runs whenever an application of this kind starts (lifecycle configuration).",
        examples=[{"JupyterLab": "git config --global pull.rebase true\npip install --quiet polars\n"}],
    )
    images: tuple[Name, ...] = Field(
        (), description="Those of `images` that applications can be started with.", examples=[["research"]]
    )
    canvas: Canvas | None = Field(None, description="SageMaker Canvas; without this section there is none.")
    rstudio: RStudio | None = Field(None, description="RStudio; without this section there is none.")
    notebooks: tuple[Notebook, ...] = Field((), description="Notebook instances.")
