"""What taking an environment down needs from the outside.

Everything that deletes may be called twice. All methods raise Unavailable; those that delete raise Conflicting while
something else stands in the way, and take what is already gone for deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class App:
    """Of a space or, older ones, of a profile itself."""

    kind: str
    name: str
    profile: str | None
    space: str | None
    status: str

    def __str__(self) -> str:
        return f"application {self.space or self.profile}/{self.kind}/{self.name} ({self.status})"


@dataclass(frozen=True, slots=True)
class Named:
    """A space, a profile, an endpoint: what has a name and a status."""

    kind: str
    name: str
    status: str = ""
    owner: str = ""
    """Profile that a space belongs to; shared ones may have none."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" ({self.status})" if self.status else "")


class Domains(Protocol):
    """SageMaker domains and what people made in them."""

    def exists(self, domain: str) -> bool: ...

    def apps(self, domain: str) -> tuple[App, ...]:
        """Those that are not deleted yet; none where there is no domain."""

    def spaces(self, domain: str) -> tuple[Named, ...]: ...

    def profiles(self, domain: str) -> tuple[Named, ...]: ...

    def delete_app(self, domain: str, app: App) -> None: ...

    def delete_space(self, domain: str, name: str) -> None: ...

    def delete_profile(self, domain: str, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Home:
    """A file system that SageMaker made for `domain`, an id."""

    id: str
    domain: str
    status: str


class Homes(Protocol):
    """File systems of home folders, in EFS."""

    def adopt(self, domain: str, tags: Mapping[str, str]) -> None:
        """Put tags onto the domain's file system."""

    def adopted(self) -> tuple[Home, ...]:
        """Those of this team's domains, by both tags: SageMaker's and the team's."""

    def mount_targets(self, home: str) -> tuple[Named, ...]: ...

    def delete_mount_target(self, id: str) -> None: ...

    def delete(self, home: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Group:
    """A security group that SageMaker made for `domain`."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; `free` ones can be deleted, the others belong to something that runs or is ending."""

    id: str
    free: bool
    text: str


class Network(Protocol):
    """The VPC, as far as SageMaker left something in it."""

    def adopt(self, vpc: str, domain: str, tags: Mapping[str, str]) -> None:
        """Put tags onto the domain's security groups."""

    def adopted(self, vpc: str) -> tuple[Group, ...]:
        """Those of this team's domains, by both tags."""

    def interfaces(self, groups: tuple[str, ...]) -> tuple[Interface, ...]:
        """That carry one of these groups."""

    def delete_interface(self, id: str) -> None: ...

    def revoke_rules(self, group: str) -> None:
        """All of them, both ways."""

    def delete_group(self, group: str) -> None: ...


JobKind = Literal["training", "processing", "transform", "tuning"]


class Runs(Protocol):
    """What the team's code started and no template knows, in SageMaker."""

    def executions(self) -> tuple[Named, ...]:
        """Executions, that have not ended, of the team's pipelines; the name is the ARN."""

    def stop_execution(self, arn: str) -> None: ...

    def jobs(self) -> tuple[Named, ...]:
        """Jobs that have not ended and carry the team's tag; the kind is a `JobKind`."""

    def stop_job(self, job: Named) -> None: ...

    def endpoints(self) -> tuple[Named, ...]: ...

    def delete_endpoint(self, name: str) -> None:
        """With its autoscaling."""

    def configs(self) -> tuple[Named, ...]:
        """Configurations and models of endpoints."""

    def delete_config(self, config: Named) -> None: ...

    def packages(self) -> tuple[str, ...]:
        """ARNs of the versions in the team's package groups."""

    def delete_package(self, arn: str) -> None: ...


class Buckets(Protocol):
    """Buckets with versions."""

    def delete_some(self, bucket: str) -> int:
        """Delete a page of versions and delete markers; how many there were. 0: the bucket is empty, or gone."""


class Vaults(Protocol):
    """Vaults of AWS Backup."""

    def points(self, vault: str) -> tuple[Named, ...]:
        """Recovery points in it, by ARN; none where there is no such vault."""

    def delete_point(self, vault: str, arn: str) -> None: ...
