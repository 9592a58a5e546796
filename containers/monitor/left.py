"""What the training of the released model left for its monitor. What cannot be read is named, and ends the run: without
it nothing could be told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from containers.model import TrainedModel
from containers.monitor import constraints_file
from core.contracts import evaluation, reports, stages
from core.contracts.evaluation import Evaluation
from core.fairness.analysis import SECTIONS, baseline_disparities, baseline_values
from core.fairness.fairlearn import Told
from core.statistics.baseline import Baseline

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Left:
    """See `containers.monitor.watched.Watched`."""

    model: TrainedModel
    baseline: Baseline
    constraints: dict[str, Any]
    evaluation: Evaluation
    bias: Mapping[tuple[str, str], Mapping[str, float]]
    disparities: Mapping[str, Told]


def read(folder: Path) -> Left:
    """The model's archive, its evaluation and the folder of its baseline lie in `folder`. Raises ValueError, with the
    file's name, for one that is missing or cannot be read, and for a baseline of another model."""
    model = TrainedModel.load(folder)
    place = folder / stages.BASELINE
    baseline = _read(place / stages.BASELINE_FILE, Baseline.from_json)
    described = tuple((feature.name, feature.kind) for feature in baseline.features)
    taken = tuple((column.name, column.kind) for column in model.signature.columns)
    if described != taken:
        raise ValueError(f"{stages.BASELINE_FILE} is of another model: it describes {described}")
    analysed = _read(place / reports.ANALYSIS, _analysis)
    return Left(
        model=model,
        baseline=baseline,
        constraints=_read(place / reports.CONSTRAINTS, lambda text: constraints_file.read(text, model.signature)),
        evaluation=_read(folder / evaluation.FILE, Evaluation.from_json),
        bias=analysed[0],
        disparities=analysed[1],
    )


def _read(file: Path, parse: Callable[[bytes], Read]) -> Read:
    try:
        return parse(file.read_bytes())
    except FileNotFoundError:
        raise ValueError(f"{file.name}: found nothing, accepted: the file that the training left") from None
    except KeyError as missing:
        raise ValueError(f"{file.name}: found no {missing}, accepted: the file that the training left") from missing
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as fault:
        said = str(fault)
        if said.startswith(file.name):
            raise
        raise ValueError(f"{file.name}: {said}, accepted: the file that the training left") from fault


def _analysis(text: bytes) -> tuple[Any, dict[str, Told]]:
    value = json.loads(text)
    for section in SECTIONS:
        if not isinstance(value.get(section), dict):
            raise ValueError(f"found no {section}")
    return baseline_values(value), baseline_disparities(value)
