"""What a single value cannot say: combinations within a team's file, and between teams.

A rule says which sections of the file it reads, so that it is left out where one of them could not be understood, and
told where they all could: whoever mends a file wants to hear everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.config.plain import Finding, Location
from core.config.rules import (
    batch,
    constraints,
    environments,
    explaining,
    fairness,
    feature_groups,
    images,
    instance_types,
    made_names,
    members,
    models,
    networks,
    problems,
    remediation,
    repeated,
    studio,
    tenants,
    training,
)
from core.config.team import Team

Rule = Callable[[Team], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A rule, and the sections that it reads."""

    sections: frozenset[str]
    rule: Rule


def _reading(sections: str, rule: Rule) -> Reading:
    return Reading(frozenset(sections.split()), rule)


def within_rules(folder: Path) -> tuple[Reading, ...]:
    """`folder` is where the team file lies; its images are built from folders in it."""
    return (
        *(_reading(section, rule) for section, rule in repeated.RULES.items()),
        _reading("environments", environments.findings),
        _reading("environments", networks.findings),
        _reading("environments instances", instance_types.of_quotas),
        _reading("members studio", members.sign_in),
        _reading("members spaces", members.of_spaces),
        _reading("members studio", members.of_notebooks),
        _reading("studio", studio.setup),
        _reading("studio", studio.open_from),
        _reading("studio images", studio.images),
        _reading("instances", instance_types.of_lists),
        _reading("spaces instances", instance_types.of_spaces),
        _reading("studio instances", instance_types.of_studio),
        _reading("models instances", instance_types.of_models),
        _reading("images", lambda team: images.findings(team, folder)),
        _reading("feature_groups", feature_groups.findings),
        _reading("models", models.findings),
        _reading("models", problems.findings),
        _reading("models", training.findings),
        _reading("models images", training.images),
        _reading("models", explaining.findings),
        _reading("models", constraints.findings),
        _reading("models", fairness.findings),
        _reading("models", batch.findings),
        _reading("models", remediation.findings),
        _reading("models studio team environments", models.names),
        _reading("models environments", models.labels),
        _reading("models longest_job_hours", models.runtime),
        _reading("models environments", models.cost),
        _reading("models team environments", models.policy),
        _reading("team environments", made_names.of_environments),
        _reading("team environments projects", made_names.of_projects),
        *(_reading(f"team environments {section}", rule) for section, rule in made_names.BY_SECTION.items()),
    )


def within(team: Team, folder: Path, faulty: frozenset[str]) -> Iterator[Finding]:
    """Impossible combinations in one team's file: where, and what is wrong with what was found."""
    for reading in within_rules(folder):
        if not reading.sections & faulty:
            yield from reading.rule(team)


def between(teams: Iterable[tuple[str, Team, frozenset[str]]]) -> Iterator[tuple[str, Location, str]]:
    """What two teams may not share: file, where, and what is wrong.

    `teams` are file, team and the sections that could not be understood.
    """
    read = list(teams)
    yield from tenants.same_name((file, team) for file, team, faulty in read if "team" not in faulty)
    yield from networks.between((file, team) for file, team, faulty in read if not faulty & {"team", "environments"})
