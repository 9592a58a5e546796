"""Training: settings that the image that trains could not use, and images that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.model import Training
from core.config.plain import Finding
from core.config.team import Team
from core.contracts.hyperparameters import Hyperparameters

MOST, LONGEST_NAME, LONGEST_VALUE = 100, 256, 2500
"""Hyperparameters of a job, characters of a name and of a value (CreateTrainingJob, HyperParameters)."""


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        training = model.training
        named = _any(training) if training.image else _of_the_platform(training)
        for at, problem in (*_spot(training), *named):
            yield ("models", index, "training", *at), problem


def images(team: Team) -> Iterator[Finding]:
    known = [image.name for image in team.images]
    for index, model in enumerate(team.models):
        name = model.training.image
        if name is not None and name not in known:
            accepted = ", ".join(known) or "none, because `images` is empty"
            found = f"found {name!r}, which is no image of the team; accepted: {accepted}"
            yield ("models", index, "training", "image"), found


def _spot(training: Training) -> Iterator[Finding]:
    if training.spot and training.instance_count > 1:
        found = f"found {training.instance_count} with spot"
        yield ("instance_count",), f"{found}; accepted with spot: 1, where a run can resume exactly"


def _of_the_platform(training: Training) -> Iterator[Finding]:
    for name, value in training.hyperparameters.items():
        try:
            Hyperparameters.parse({name: str(value)})
        except ValueError as fault:
            yield ("hyperparameters", name), str(fault).removeprefix("hyperparameters: ")


def _any(training: Training) -> Iterator[Finding]:
    """What they are is for the image to say; SageMaker takes so much of them."""
    given = training.hyperparameters
    if len(given) > MOST:
        yield ("hyperparameters",), f"found {len(given)}; accepted: {MOST} at most"
    for name, value in given.items():
        if not 0 < len(name) <= LONGEST_NAME:
            yield ("hyperparameters", name), f"has a name of {len(name)} characters; accepted: 1 to {LONGEST_NAME}"
        if len(str(value)) > LONGEST_VALUE or "\n" in str(value):
            found = f"has {len(str(value))} characters"
            yield ("hyperparameters", name), f"{found}; accepted: one line of {LONGEST_VALUE} at most"
