"""A complete team file to make wrong, and what is said about it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.config.load import InvalidTeams, load_teams
from core.config.source import Fault

COMPLETE: dict[str, Any] = {
    "team": "risk",
    "owners": ["owner@example.com"],
    "environments": [
        {
            "name": "dev",
            "region": "eu-west-1",
            "network": {"cidr": "10.20.0.0/16"},
            "quotas": [{"instance_type": "ml.g5.xlarge", "use": "training", "count": 2}],
        },
        {"name": "prod", "region": "eu-west-1", "network": {"cidr": "10.21.0.0/16"}},
    ],
    "instances": {"training": ["ml.m5.large", "ml.g5.xlarge"]},
    "longest_job_hours": 24,
    "studio": {"images": ["research"], "notebooks": [{"name": "classic", "owner": "ada"}], "rstudio": {}},
    "members": [{"name": "ada", "role": "analyst"}, {"name": "grace", "role": "ml-engineer"}],
    "spaces": [{"name": "work", "owner": "ada"}],
    "images": [{"name": "research", "folder": "images/research"}],
    "feature_groups": [
        {
            "name": "customers",
            "record_id": "customer",
            "event_time": "updated",
            "features": {"customer": "String", "updated": "String", "orders": "Integral"},
        }
    ],
    "models": [{"name": "churn", "label": "left", "features": {"age": "numeric", "region": "categorical"}}],
}


def write(folder: Path, name: str = "risk", **changes: Any) -> dict[str, Any]:
    """The complete file with these changes: keys are paths with `__` between their parts; None takes a key out."""
    value = copy.deepcopy(COMPLETE)
    for path, new in changes.items():
        *around, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        place: Any = value
        for part in around:
            place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
        if new is None:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(new)
        else:
            place[last] = new
    image = folder / "images" / "research"
    image.mkdir(parents=True, exist_ok=True)
    (image / "Dockerfile").write_text("FROM scratch\n")
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(value, sort_keys=False))
    return value


def faults(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(InvalidTeams) as raised:
        load_teams(folder)
    return raised.value.faults


def told(folder: Path) -> dict[str, str]:
    """Path of each fault -> what is said."""
    return {fault.path: fault.problem for fault in faults(folder)}
