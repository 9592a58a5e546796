"""Files in, files out: test set, challenger and champion -> evaluation.json."""

from __future__ import annotations

import numpy as np

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.model import TrainedModel
from core.contracts import evaluation, stages
from core.contracts.evaluation import Evaluation
from core.contracts.problem import BINARY, Target
from core.gates import contest
from core.gates.champion import judge, undecided
from core.gates.contest import compete
from core.statistics.paired import Answers
from core.statistics.quality import Flags

CHAMPION = "champion"
"""Folder of the model in service; it does not exist where there is none."""
MOST_GROUPS = 50
"""Values of one sensitive attribute that are reported, the most frequent first."""


def main(folders: MlFolders, metric: str) -> str:
    """Write the evaluation; return what it says. `metric` is one of the problem's QUALITY_METRICS."""
    test = Dataset.read(folders.processing_input(stages.TEST))
    challenger = TrainedModel.load(folders.processing_input(stages.MODEL))
    home = folders.processing_input(CHAMPION)
    champion = TrainedModel.load(home) if home.is_dir() else None
    found = evaluate(metric, test, challenger, champion)
    output = folders.processing_output(stages.EVALUATION)
    output.mkdir(parents=True, exist_ok=True)
    (output / evaluation.FILE).write_text(found.to_json(), encoding="utf-8")
    return f"{found.verdict}: {found.reason}"


def evaluate(metric: str, test: Dataset, challenger: TrainedModel, champion: TrainedModel | None) -> Evaluation:
    """Both models answer the same rows, each with the features of its own signature.

    A champion that takes a feature which the test set no longer has cannot be compared: that is INCONCLUSIVE, since a
    changed form of the requests is for a person to decide on. The same of a challenger raises LookupError.
    """
    if test.signature.problem != BINARY:
        return _contest(metric, test, challenger, champion)
    own, groups, labels = _answers(challenger, test), _groups(test), np.asarray(test.labels, np.bool_)
    if champion is None:
        return judge(metric, labels, own, None, groups)
    try:
        _same_question(champion, test)
        other = _answers(champion, test)
    except LookupError as fault:
        why = f"the champion cannot answer the test rows: {fault.args[0]}"
        return undecided(why, metric, labels, own, groups)
    return judge(metric, labels, own, other, groups)


def _contest(metric: str, test: Dataset, challenger: TrainedModel, champion: TrainedModel | None) -> Evaluation:
    """The same for many classes, and for numbers."""
    target, groups, labels = test.signature.target, _groups(test), test.labels.astype(np.float64)
    own = challenger.answered(test.columns_of(challenger.signature.column_names))
    if champion is None:
        return compete(target, metric, labels, own, None, groups)
    try:
        _same_question(champion, test)
        other = champion.answered(test.columns_of(champion.signature.column_names))
    except LookupError as fault:
        why = f"the champion cannot answer the test rows: {fault.args[0]}"
        return contest.undecided(why, target, metric, labels, own, groups)
    return compete(target, metric, labels, own, other, groups)


def _same_question(champion: TrainedModel, test: Dataset) -> None:
    """Raises LookupError where the champion was trained to answer something else."""
    asked, answered = test.signature.target, champion.signature.target
    if asked != answered:
        raise LookupError(f"they are {_told(asked)}, and it answers {_told(answered)}")


def _told(target: Target) -> str:
    return f"{target.problem} of {target.classes} classes" if target.classes else target.problem


def _answers(model: TrainedModel, test: Dataset) -> Answers:
    probabilities = model.probabilities(test.columns_of(model.signature.column_names))
    return Answers(model.labels(probabilities), probabilities)


def _groups(test: Dataset) -> dict[str, Flags]:
    """Rows by each value of each sensitive attribute, as `sex=1`; a missing value is a group as well."""
    groups: dict[str, Flags] = {}
    for name in test.signature.sensitive:
        column = test.columns_of([name])[:, 0]
        known, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        for value in sorted(known[np.argsort(-counts, kind="stable")[:MOST_GROUPS]].tolist()):
            groups[f"{name}={value:g}"] = column == value
        if np.isnan(column).any():
            groups[f"{name}=missing"] = np.isnan(column)
    return groups
