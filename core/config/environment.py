"""One deployment of a team: an account and a region, its network, what it keeps and the quotas it needs."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import InstanceType, Slug, Strict


class ExistingNetwork(Strict):
    """A VPC that somebody else owns. Nothing in it is changed but what the team's own resources need."""

    vpc: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]{8,17}$")] = Field(description="Its id.")
    subnets: Annotated[tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")], ...], Field(min_length=2)] = (
        Field(description="Private subnets for jobs, endpoints and Studio, in at least two availability zones.")
    )
    route_tables: tuple[Annotated[str, Field(pattern=r"^rtb-[0-9a-f]{8,17}$")], ...] = Field(
        (), description="Route tables of these subnets, for the S3 gateway endpoint. None: the VPC has one already."
    )
    endpoints: bool = Field(
        False, description="Make the interface endpoints that SageMaker needs. Off: the VPC has them already."
    )


class Network(Strict):
    """The environment's VPC: a new one, or an existing one."""

    cidr: IPv4Network = Field(IPv4Network("10.20.0.0/16"), description="Private IPv4 range of the VPC, /16 to /20.")
    availability_zones: Annotated[tuple[Annotated[str, Field(pattern="^[a-f]$")], ...], Field(min_length=2)] = Field(
        ("a", "b"), description="Letters of the zones; at least two."
    )
    nat: bool = Field(False, description="Give private subnets a way to the internet. Off: VPC endpoints only.")
    existing: ExistingNetwork | None = Field(
        None, description="Use this VPC; `cidr`, `availability_zones` and `nat` do not apply then."
    )


class Retention(Strict):
    """How long data is kept, and what `cdk destroy` does to it."""

    capture_days: int = Field(30, ge=1, le=3650, description="Captured requests are deleted after this.")
    log_days: Literal[1, 7, 14, 30, 90, 180, 365] = Field(30, description="Log groups keep their events this long.")
    on_destroy: Literal["retain", "delete"] = Field(
        "retain",
        description="Buckets, keys, tables and file systems: kept, or deleted where the context flag "
        "`destroy-data` is also given.",
    )


class Quota(Strict):
    """A quota of the account that the environment needs: it is asked for, never waited for, never lowered."""

    instance_type: InstanceType = Field(description="For example ml.g5.xlarge.")
    use: Literal["training", "spot-training", "processing", "transform", "endpoint", "notebook"] = Field(
        description="What the instances are for; each use has a quota of its own."
    )
    count: int = Field(ge=1, le=10_000, description="Instances at the same time.")

    @property
    def name(self) -> str:
        """What Service Quotas calls it.

        >>> Quota(instance_type="ml.g5.xlarge", use="spot-training", count=2).name
        'ml.g5.xlarge for spot training job usage'
        """
        return f"{self.instance_type} for {QUOTA_USES[self.use]} usage"


QUOTA_USES = {
    "training": "training job",
    "spot-training": "spot training job",
    "processing": "processing job",
    "transform": "transform job",
    "endpoint": "endpoint",
    "notebook": "notebook instance",
}


class Environment(Strict):
    """One deployment of the team: an account and a region."""

    name: Slug = Field(description="For example dev or prod.")
    account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = Field(
        None, description="AWS account id; without it, the account of the credentials that `cdk` uses."
    )
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = Field("us-east-1", description="AWS region.")
    network: Network = Field(default_factory=Network, description="The VPC.")
    retention: Retention = Field(default_factory=Retention, description="What is kept, and how long.")
    quotas: tuple[Quota, ...] = Field((), description="Quotas of the account that are asked for at AWS.")
