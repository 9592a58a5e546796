"""LightGBM: `model.txt`, as `Booster.save_model` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from containers.boosting import lightgbm
from containers.frameworks.lightgbm_text import check
from containers.frameworks.predictor import Contributions, Floats, Rows, Scale, Scores
from core.attribution.ensemble import TreeEnsemble
from core.attribution.lightgbm_trees import lightgbm_ensemble
from core.contracts.explaining import Method
from core.contracts.problem import BINARY, MULTICLASS, Target

FILE = "model.txt"
OBJECTIVES = {BINARY: ("binary", "cross_entropy"), MULTICLASS: ("multiclass", "multiclassova")}
"""Whose answers are probabilities; a regression may have any other."""


def read(content: bytes, target: Target, threads: int) -> LightgbmModel:
    """Raises ValueError for what is no model, and for one of another problem."""
    try:
        text = content.decode()
        header = check(text)
    except ValueError as fault:
        raise ValueError(f"{FILE} is no model of LightGBM: {fault}") from None
    objective = (header.get("objective", "").split() or ["a function of its own"])[0]
    probable = [name for names in OBJECTIVES.values() for name in names]
    if (objective not in OBJECTIVES[target.problem]) if target.problem in OBJECTIVES else (objective in probable):
        accepted = ", ".join(OBJECTIVES.get(target.problem, ("that of a regression",)))
        raise ValueError(f"{FILE} learned for {objective}, which is not a {target.problem} problem's: {accepted}")
    try:
        booster = lightgbm().Booster(model_str=text)
    except lightgbm().basic.LightGBMError as fault:
        raise ValueError(f"{FILE} is no model of LightGBM: {fault}") from None
    if booster.pandas_categorical:
        raise ValueError(
            f"{FILE} learned from categories of pandas, whose codes are not those of requests; train on the codes"
        )
    return LightgbmModel(booster, threads)


@dataclass(frozen=True, slots=True)
class LightgbmModel:
    booster: Any
    """lightgbm.Booster"""
    threads: int = 1
    file: str = FILE
    needs_background: bool = False
    scale: Scale = "margin"

    @property
    def columns(self) -> int:
        return int(self.booster.num_feature())

    @property
    def rounds(self) -> int:
        return int(self.booster.current_iteration())

    def content(self) -> bytes:
        return str(self.booster.model_to_string()).encode()

    def scores(self, rows: Rows) -> Scores:
        return self._predict(rows).astype(np.float32)

    def margins(self, rows: Rows) -> Floats:
        return self._predict(rows, raw_score=True).reshape(len(rows), -1)

    def contributions(self, rows: Rows, outputs: Sequence[int], background: Floats | None, by: Method) -> Contributions:
        """Exact path-dependent TreeSHAP of LightGBM."""
        found = self._predict(rows, pred_contrib=True)
        chosen = found.reshape(len(rows), -1, self.columns + 1)[:, list(outputs)]
        return Contributions(chosen[:, :, :-1], chosen[0, :, -1])

    def ensemble(self) -> TreeEnsemble:
        return lightgbm_ensemble(self.booster.dump_model())

    def method(self, by: Method) -> str:
        return "tree_shap"

    def _predict(self, rows: Rows, **how: bool) -> Floats:
        try:
            return np.asarray(self.booster.predict(rows, num_threads=self.threads, **how), np.float64)
        except lightgbm().basic.LightGBMError as fault:
            raise ValueError(f"{FILE} cannot answer: {fault}") from None
