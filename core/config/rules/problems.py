"""Models: what a problem has not, and cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.model import Model
from core.config.plain import Finding
from core.config.team import Team
from core.contracts.problem import BINARY, LEAST_CLASSES, MOST_CLASSES, MULTICLASS, QUALITY_METRICS

CHANCE_IS_HALF = frozenset({"accuracy", "auc"})
"""Of two classes: who guesses reaches 0.5."""
ONLY_BINARY = frozenset({"scale_pos_weight"})
"""Hyperparameters that weigh one class against the other."""


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        for at, problem in of_model(model):
            yield ("models", index, *at), problem


def of_model(model: Model) -> Iterator[Finding]:
    yield from _classes(model)
    yield from _fairness(model)
    metric, known = model.monitoring.quality_metric, QUALITY_METRICS[model.problem]
    if metric is not None and metric not in known:
        found = f"found {metric!r}, which a {model.problem} problem has not"
        yield ("monitoring", "quality_metric"), f"{found}; accepted: {', '.join(known)}"
    yield from _allowed_loss(model)
    for name in model.training.hyperparameters:
        if name in ONLY_BINARY and model.problem != BINARY and model.training.image is None:
            found = f"found {name}, which weighs the two classes of a binary problem"
            yield ("training", "hyperparameters", name), f"{found}; a {model.problem} problem accepts all others"


def _allowed_loss(model: Model) -> Iterator[Finding]:
    metric, allowed = model.quality_metric, model.monitoring.quality_drop
    if model.problem == BINARY and metric in CHANCE_IS_HALF and allowed >= 0.5:
        found = f"found {allowed:g}, and a model whose {metric} lost as much is worse than chance"
        yield ("monitoring", "quality_drop"), f"{found}; accepted: below 0.5"


def _classes(model: Model) -> Iterator[Finding]:
    if model.problem == MULTICLASS and model.classes is None:
        yield ("problem",), f"found multiclass without classes; accepted: classes, {LEAST_CLASSES} to {MOST_CLASSES}"
    if model.problem != MULTICLASS and model.classes is not None:
        yield ("classes",), f"found {model.classes} with the problem {model.problem}; accepted: none, or multiclass"


def _fairness(model: Model) -> Iterator[Finding]:
    """Bias metrics compare how often groups get a good answer: there have to be good answers, and others."""
    positive = model.positive_labels
    if model.problem == MULTICLASS and model.sensitive and not positive:
        found = "found sensitive features without positive_labels"
        yield ("sensitive",), f"{found}; accepted: positive_labels, the classes that are good for whom they are given"
    if model.problem != MULTICLASS and positive:
        accepted = "none: it is 1" if model.problem == BINARY else "none, a regression has no classes"
        yield ("positive_labels",), f"found {_listed(positive)} with the problem {model.problem}; accepted: {accepted}"
    if model.problem == MULTICLASS and model.classes is not None:
        strange = [label for label in positive if not 0 <= label < model.classes]
        if strange:
            accepted = f"accepted: 0 to {model.classes - 1}"
            yield ("positive_labels",), f"found {_listed(strange)}, which is no class; {accepted}"
        if len(set(positive)) < len(positive):
            yield ("positive_labels",), f"found {_listed(positive)}; accepted: each class once"
        if set(positive) >= set(range(model.classes)):
            yield ("positive_labels",), "found every class, so every answer is good; accepted: some of the classes"


def _listed(labels: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, labels))
