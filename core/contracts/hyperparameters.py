"""What may be set of a training run: the strings that SageMaker hands to the container, typed and checked.

The names are XGBoost's (its documentation, "XGBoost Parameters"); SageMaker's own XGBoost uses the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

FOREIGN = ("_", "sagemaker_")
"""Beginnings of what tuning jobs and toolkits add for themselves."""

MOST = 10**9
RANGES: dict[str, tuple[float, float]] = {
    "num_round": (1, 100_000),
    "early_stopping_rounds": (1, 100_000),
    "eta": (1e-6, 1),
    "max_depth": (1, 32),
    "min_child_weight": (0, MOST),
    "gamma": (0, MOST),
    "subsample": (0.01, 1),
    "colsample_bytree": (0.01, 1),
    "reg_lambda": (0, MOST),
    "reg_alpha": (0, MOST),
    "max_bin": (2, 65_536),
    "scale_pos_weight": (1e-6, MOST),
    "seed": (0, 2**31 - 1),
}
"""Smallest and largest value of each."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of gradient-boosted trees (histogram method), whatever they answer.

    >>> Hyperparameters.parse({"num_round": "120", "eta": "0.05"}).eta
    0.05
    """

    num_round: int = 100
    """Most trees; fewer where early stopping ends the training."""
    early_stopping_rounds: int = 20
    """Training ends after so many rounds without a better score on the validation set: of log loss, or of rmse."""
    eta: float = 0.3
    max_depth: int = 6
    min_child_weight: float = 1.0
    gamma: float = 0.0
    subsample: float = 1.0
    colsample_bytree: float = 1.0
    reg_lambda: float = 1.0
    reg_alpha: float = 0.0
    max_bin: int = 256
    scale_pos_weight: float = 1.0
    """Of a binary problem only."""
    seed: int = 0

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Hyperparameters:
        """Raises ValueError that lists every fault at once."""
        types = get_type_hints(cls)
        values: dict[str, Any] = {}
        faults = []
        for name, text in texts.items():
            if name.startswith(FOREIGN):
                continue
            if name not in types:
                faults.append(f"{name} is not one of {', '.join(field.name for field in fields(cls))}")
                continue
            try:
                values[name] = _read(name, types[name], text)
            except ValueError as fault:
                faults.append(str(fault))
        if faults:
            raise ValueError("hyperparameters: " + "; ".join(faults))
        return cls(**values)


def _read(name: str, kind: type[int] | type[float], text: str) -> int | float:
    low, high = RANGES[name]
    accepted = f"{'a whole number' if kind is int else 'a number'} from {low:g} to {high:g}"
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; accepted is {accepted}") from None
    if not low <= value <= high:  # also where it is nan
        raise ValueError(f"{name} is {text!r}; accepted is {accepted}")
    return value
