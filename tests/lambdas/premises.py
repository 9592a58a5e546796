"""A region with domains and what hangs on them, as SageMaker, EFS and EC2 keep it: what is in use is not deleted.

What is deleted takes a few looks to be gone. Every call can go wrong (`tests.lambdas.faults`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.names import TEAM_TAG
from lambdas.failures import Conflicting, Refused
from lambdas.teardown.ports import App, Group, Home, Interface, Named
from tests.lambdas.faults import Faults

OURS, THEIRS = "risk-dev", "fraud-dev"
VPC = "vpc-1"
LOOKS = 2
"""That something stays `deleting`."""


@dataclass
class Domain:
    apps: dict[str, App] = field(default_factory=dict)
    spaces: dict[str, Named] = field(default_factory=dict)
    profiles: dict[str, Named] = field(default_factory=dict)


@dataclass
class FakeHome:
    domain: str
    targets: dict[str, str]
    """Mount target -> its interface."""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeGroup:
    name: str
    domain: str
    rules: set[str]
    """Groups that its rules name."""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Premises:
    faults: Faults = field(default_factory=Faults)
    domains: dict[str, Domain] = field(default_factory=dict)
    homes: dict[str, FakeHome] = field(default_factory=dict)
    groups: dict[str, FakeGroup] = field(default_factory=dict)
    interfaces: dict[str, tuple[set[str], Interface]] = field(default_factory=dict)
    """Id -> the groups that it carries, and itself."""
    ending: dict[str, int] = field(default_factory=dict)
    """What is `deleting` -> looks until it is gone."""

    def make_domain(self, name: str, *, apps: int = 0, spaces: int = 0, profiles: int = 1) -> None:
        """A domain as SageMaker makes one, and what people made in it."""
        domain = self.domains[name] = Domain()
        inbound, outbound, home = f"sg-in-{name}", f"sg-out-{name}", f"fs-{name}"
        self.groups[inbound] = FakeGroup(f"security-group-for-inbound-nfs-{name}", name, {outbound})
        self.groups[outbound] = FakeGroup(f"security-group-for-outbound-nfs-{name}", name, {inbound})
        self.homes[home] = FakeHome(name, {f"fsmt-{name}-{zone}": f"eni-{name}-{zone}" for zone in "ab"})
        for interface in self.homes[home].targets.values():
            self.interfaces[interface] = ({inbound}, Interface(interface, False, f"EFS mount target for {home}"))
        for number in range(profiles):
            domain.profiles[f"p{number}"] = Named("user profile", f"p{number}", "InService")
        for number in range(spaces):
            owner = f"p{number % max(1, profiles)}"
            domain.spaces[f"s{number}"] = Named("space", f"s{number}", "InService", owner)
        for number in range(apps):
            app = App("JupyterLab", f"a{number}", None, f"s{number % max(1, spaces)}", "InService")
            domain.apps[app.name] = app
            text = f"[Do not delete] ENI managed by SageMaker for Studio Domain ({name})"
            self.interfaces[f"eni-{name}-{app.name}"] = ({outbound, "sg-work"}, Interface("", False, text))

    def delete_domain(self, name: str) -> None:
        """As CloudFormation does it: refused while somebody uses it, and everything around it stays."""
        domain = self.domains[name]
        assert not domain.apps, "CloudFormation would fail: the domain has applications"
        assert not domain.spaces, "CloudFormation would fail: the domain has spaces"
        assert not domain.profiles, "CloudFormation would fail: the domain has profiles"
        del self.domains[name]

    # lambdas.teardown.ports.Domains

    def exists(self, domain: str) -> bool:
        return self.faults.call("exists", lambda: domain in self.domains)

    def apps(self, domain: str) -> tuple[App, ...]:
        return self.faults.call("apps", lambda: self._apps(domain))

    def spaces(self, domain: str) -> tuple[Named, ...]:
        return self.faults.call("spaces", lambda: self._named(domain, "spaces"))

    def profiles(self, domain: str) -> tuple[Named, ...]:
        return self.faults.call("profiles", lambda: self._named(domain, "profiles"))

    def delete_app(self, domain: str, app: App) -> None:
        def effect() -> None:
            apps = self.domains[domain].apps
            if app.name in apps:
                if apps[app.name].status == "Deleting":
                    raise Conflicting("ResourceInUse", "it is being deleted")
                apps[app.name] = replace(app, status="Deleting")
                self.ending[f"app {domain} {app.name}"] = LOOKS

        self.faults.call("delete_app", effect)

    def delete_space(self, domain: str, name: str) -> None:
        def effect() -> None:
            if any(app.space == name for app in self.domains[domain].apps.values()):
                raise Conflicting("ResourceInUse", "it has applications")
            self._begin(domain, "spaces", name)

        self.faults.call("delete_space", effect)

    def delete_profile(self, domain: str, name: str) -> None:
        def effect() -> None:
            if self.domains[domain].spaces or self.domains[domain].apps:
                raise Conflicting("ResourceInUse", "it has spaces")
            self._begin(domain, "profiles", name)

        self.faults.call("delete_profile", effect)

    def _begin(self, domain: str, kind: str, name: str) -> None:
        rows: dict[str, Named] = getattr(self.domains[domain], kind)
        if name in rows:
            rows[name] = replace(rows[name], status="Deleting")
            self.ending.setdefault(f"{kind} {domain} {name}", LOOKS)

    def _apps(self, domain: str) -> tuple[App, ...]:
        if domain not in self.domains:
            return ()
        apps = self.domains[domain].apps
        for name in [name for name in apps if self._ended(f"app {domain} {name}")]:
            del apps[name]
            del self.interfaces[f"eni-{domain}-{name}"]
        return tuple(apps.values())

    def _named(self, domain: str, kind: str) -> tuple[Named, ...]:
        if domain not in self.domains:
            return ()
        rows: dict[str, Named] = getattr(self.domains[domain], kind)
        for name in [name for name in rows if self._ended(f"{kind} {domain} {name}")]:
            del rows[name]
        return tuple(rows.values())

    def _ended(self, what: str) -> bool:
        if what not in self.ending:
            return False
        self.ending[what] -= 1
        return self.ending[what] < 0

    def homes_port(self) -> FakeHomes:
        return FakeHomes(self)

    def network_port(self) -> FakeNetwork:
        return FakeNetwork(self)


@dataclass
class FakeHomes:
    """`lambdas.teardown.ports.Homes`, for the team `OURS`."""

    of: Premises

    def adopt(self, domain: str, tags: Mapping[str, str]) -> None:
        def effect() -> None:
            for home in self.of.homes.values():
                if home.domain == domain:
                    home.tags |= tags

        self.of.faults.call("adopt home", effect)

    def adopted(self) -> tuple[Home, ...]:
        def effect() -> tuple[Home, ...]:
            for id in [id for id in self.of.homes if self.of._ended(id)]:
                del self.of.homes[id]
            own = {id: home for id, home in self.of.homes.items() if home.tags.get(TEAM_TAG) == OURS}
            return tuple(
                Home(id, home.domain, "deleting" if id in self.of.ending else "available") for id, home in own.items()
            )

        return self.of.faults.call("adopted homes", effect)

    def mount_targets(self, home: str) -> tuple[Named, ...]:
        def effect() -> tuple[Named, ...]:
            if home not in self.of.homes:
                return ()
            targets = self.of.homes[home].targets
            for id in [id for id in targets if self.of._ended(id)]:
                del self.of.interfaces[targets.pop(id)]
            states = {id: "deleting" if id in self.of.ending else "available" for id in targets}
            return tuple(Named("mount target", id, state) for id, state in states.items())

        return self.of.faults.call("mount_targets", effect)

    def delete_mount_target(self, id: str) -> None:
        self.of.faults.call("delete_mount_target", lambda: self.of.ending.setdefault(id, LOOKS))

    def delete(self, home: str) -> None:
        def effect() -> None:
            if self.of.homes[home].targets:
                raise Conflicting("FileSystemInUse", "it has mount targets")
            self.of.ending.setdefault(home, LOOKS)

        self.of.faults.call("delete home", effect)


@dataclass
class FakeNetwork:
    """`lambdas.teardown.ports.Network`, for the team `OURS`."""

    of: Premises

    def adopt(self, vpc: str, domain: str, tags: Mapping[str, str]) -> None:
        def effect() -> None:
            for group in self.of.groups.values():
                if group.domain == domain:
                    group.tags |= tags

        self.of.faults.call("adopt groups", effect)

    def adopted(self, vpc: str) -> tuple[Group, ...]:
        own = {id: group for id, group in self.of.groups.items() if group.tags.get(TEAM_TAG) == OURS}
        found = tuple(Group(id, group.name, group.domain) for id, group in own.items())
        return self.of.faults.call("adopted groups", lambda: found)

    def interfaces(self, groups: tuple[str, ...]) -> tuple[Interface, ...]:
        assert groups, "EC2 would take no filter for all"
        found = [replace(each, id=id) for id, (carried, each) in self.of.interfaces.items() if carried & set(groups)]
        return self.of.faults.call("interfaces", lambda: tuple(found))

    def delete_interface(self, id: str) -> None:
        def effect() -> None:
            if id in self.of.interfaces and not self.of.interfaces[id][1].free:
                raise Refused("InvalidParameterValue", "it is in use")
            self.of.interfaces.pop(id, None)

        self.of.faults.call("delete_interface", effect)

    def revoke_rules(self, group: str) -> None:
        def effect() -> None:
            if group in self.of.groups:
                self.of.groups[group].rules.clear()

        self.of.faults.call("revoke_rules", effect)

    def delete_group(self, group: str) -> None:
        def effect() -> None:
            named = any(group in other.rules for id, other in self.of.groups.items() if id != group)
            carried = any(group in groups for groups, _ in self.of.interfaces.values())
            if named or carried:
                raise Conflicting("DependencyViolation", "it has a dependent object")
            self.of.groups.pop(group, None)

        self.of.faults.call("delete_group", effect)
