"""What the wiring checks look at: the deployed templates at one end of each wire, the code's contracts at the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from core.config.environment import Environment as TeamEnvironment
from core.config.load import load_teams
from core.config.model import Model
from core.config.team import Team
from core.contracts import alarms, events, metrics
from core.contracts.environment import (
    Environment,
    GovernEnvironment,
    MonitorEnvironment,
    PromoteEnvironment,
    RemediateEnvironment,
    SettleEnvironment,
)
from core.contracts.events import AlarmRaised, EndpointChanged, MonitorFailed, PackageApproved, PipelineChanged
from core.names import TeamNames
from infra.arns import Arns
from tests.wiring.deployed import Deployed
from tests.wiring.synthesis import ROOT

EVENTS = Path(__file__).parent / "events"
HANDLERS = ("remediate", "promote", "settle", "govern")


@dataclass(frozen=True)
class Wires:
    """The code's ends."""

    published: Mapping[alarms.Trouble, metrics.Metric] = field(
        default_factory=lambda: {
            alarms.DATA: metrics.VIOLATIONS,
            alarms.DRIFT: metrics.DRIFT,
            alarms.ATTRIBUTION: metrics.ATTRIBUTION_DRIFT,
            alarms.QUALITY: metrics.QUALITY_DROP,
            alarms.ESTIMATE: metrics.ESTIMATED_DROP,
            alarms.BIAS: metrics.BIAS_DRIFT,
            alarms.SILENCE: metrics.ROWS,
        }
    )
    """What `containers/monitor` publishes for each kind of trouble."""
    variables: Mapping[str, type[Environment]] = field(
        default_factory=lambda: {
            "remediate": RemediateEnvironment,
            "promote": PromoteEnvironment,
            "settle": SettleEnvironment,
            "govern": GovernEnvironment,
        }
    )
    """What each function reads from its environment."""
    parsers: Mapping[str, Callable[[object], Any]] = field(
        default_factory=lambda: {
            "alarm_raised": AlarmRaised.parse,
            "package_approved": PackageApproved.parse,
            "pipeline_changed": PipelineChanged.parse,
            "endpoint_changed": EndpointChanged.parse,
            "monitor_failed": MonitorFailed.parse,
        }
    )
    """What reads each recorded event."""
    sweep: Callable[[object], Any] = events.SweepDue.parse
    monitor: type[MonitorEnvironment] = MonitorEnvironment
    woken: Mapping[str, str] = field(
        default_factory=lambda: {
            "alarm_raised": "remediate",
            "package_approved": "promote",
            "pipeline_changed": "settle",
            "endpoint_changed": "settle",
            "monitor_failed": "govern",
        }
    )
    """Recorded event -> the handler that answers it."""


@dataclass(frozen=True)
class System:
    deployed: Deployed
    team: Team
    environment: TeamEnvironment
    wires: Wires = field(default_factory=Wires)

    @property
    def names(self) -> TeamNames:
        return self.team.names(self.environment)

    @property
    def arns(self) -> Arns:
        return Arns(self.deployed.account, self.deployed.region)

    @property
    def models(self) -> tuple[Model, ...]:
        return self.team.models

    def bucket(self, purpose: str) -> str:
        return self.names.bucket(purpose, self.deployed.account, self.deployed.region)

    def with_wires(self, **changed: Any) -> System:
        return replace(self, wires=replace(self.wires, **changed))


@cache
def demo_team() -> Team:
    return next(team for team in load_teams(ROOT / "teams") if team.team == "demo")


def system(deployed: Deployed) -> System:
    """The demonstration team."""
    return System(deployed, demo_team(), demo_team().environments[0])


def recorded(name: str) -> dict[str, Any]:
    """An event as AWS sends it."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event
