"""One deployment of a team: an account and a region, its network, what it keeps and the quotas it needs."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.config.strict import (
    Account,
    Cidr,
    InstanceType,
    Region,
    RouteTableId,
    Slug,
    Strict,
    SubnetId,
    VpcId,
    ZoneLetter,
)


class ExistingNetwork(Strict):
    """A VPC that somebody else owns. Nothing in it is changed but what the team's own resources need."""

    vpc: VpcId = Field(description="Its id.", examples=["vpc-0123456789abcdef0"])
    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=16)] = Field(
        description="Private subnets for jobs, endpoints and Studio, in at least two availability zones.",
        examples=[["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]],
    )
    route_tables: tuple[RouteTableId, ...] = Field(
        (),
        description="Route tables of these subnets, for the S3 gateway endpoint. None: the VPC has one already.",
        examples=[["rtb-0123456789abcdef0"]],
    )
    endpoints: bool = Field(
        False, description="Make the interface endpoints that SageMaker needs. Off: the VPC has them already."
    )


class Network(Strict):
    """The environment's VPC: a new one, or an existing one."""

    cidr: Cidr = Field(
        IPv4Network("10.20.0.0/16"), description="Private IPv4 range of the VPC, /16 to /20; no two overlap."
    )
    availability_zones: Annotated[tuple[ZoneLetter, ...], Field(min_length=2)] = Field(
        ("a", "b"), description="Letters of the zones; at least two."
    )
    nat: bool = Field(
        False,
        description="Give Studio and notebook instances a way to the internet. Jobs and endpoints never have one.",
    )
    existing: ExistingNetwork | None = Field(
        None,
        description="Use this VPC; `cidr`, `availability_zones` and `nat` are not given then.",
        json_schema_extra={"instead_of": ["cidr", "availability_zones", "nat"]},
    )


def _no_yes(value: Any) -> Any:
    """To Python, and so to `Literal`, true is 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("no_number", "one of the numbers 1, 7, 14, 30, 90, 180 and 365")
    return value


LogDays = Annotated[Literal[1, 7, 14, 30, 90, 180, 365], BeforeValidator(_no_yes)]
"""Some of the times that CloudWatch Logs knows."""


class Retention(Strict):
    """How long data is kept, and what `cdk destroy` does to it."""

    capture_days: int = Field(30, ge=1, le=3650, description="Captured requests are deleted after this.")
    log_days: LogDays = Field(30, description="Log groups keep their events this long.")
    on_destroy: Literal["retain", "delete"] = Field(
        "retain",
        description="Buckets, keys, tables and file systems: kept, or deleted where the context flag "
        "`destroy-data` is also given.",
    )


class Quota(Strict):
    """A quota of the account that the environment needs: it is asked for, never waited for, never lowered."""

    instance_type: InstanceType = Field(
        description="A type that `instances` allows for this use.", examples=["ml.g5.xlarge"]
    )
    use: Literal["training", "spot-training", "processing", "transform", "endpoint", "notebook"] = Field(
        description="What the instances are for; each use has a quota of its own.", examples=["training"]
    )
    count: int = Field(ge=1, le=10_000, description="Instances at the same time.", examples=[2])

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

    name: Slug = Field(description="For example dev or prod.", examples=["dev"])
    account: Account | None = Field(
        None,
        description="AWS account id, in quotes; without it, the account of the credentials that `cdk` uses.",
        examples=["111122223333"],
    )
    region: Region = Field("us-east-1", description="AWS region.")
    network: Network = Field(default_factory=Network, description="The VPC.")
    retention: Retention = Field(default_factory=Retention, description="What is kept, and how long.")
    most_runs_at_once: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Training runs that the platform has under way at once, of all models together.", examples=[2]
    )
    quotas: tuple[Quota, ...] = Field((), description="Quotas of the account that are asked for at AWS.")
