"""xgboost: `model.json`, as `Booster.save_model` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from containers.boosting import xgboost
from containers.frameworks.predictor import Contributions, Floats, Rows, Scale, Scores
from core.attribution.ensemble import TreeEnsemble
from core.attribution.xgboost_trees import xgboost_ensemble
from core.contracts.explaining import Method
from core.contracts.problem import Target

FILE = "model.json"


def read(content: bytes, target: Target, threads: int) -> XgboostModel:
    """Raises ValueError (xgboost's own) for what is no model."""
    return XgboostModel(xgboost().Booster({"nthread": threads}, model_file=bytearray(content)))


@dataclass(frozen=True, slots=True)
class XgboostModel:
    booster: Any
    """xgboost.Booster of the objective binary:logistic, multi:softprob or reg:squarederror."""
    file: str = FILE
    needs_background: bool = False
    scale: Scale = "margin"

    @property
    def columns(self) -> int:
        return int(self.booster.num_features())

    @property
    def rounds(self) -> int:
        return int(self.booster.num_boosted_rounds())

    def content(self) -> bytes:
        return bytes(self.booster.save_raw("json"))

    def scores(self, rows: Rows) -> Scores:
        found: Scores = self.booster.inplace_predict(rows, missing=np.nan, validate_features=False)
        return found

    def margins(self, rows: Rows) -> Floats:
        found = self.booster.inplace_predict(rows, missing=np.nan, validate_features=False, predict_type="margin")
        return np.asarray(found, np.float64).reshape(len(rows), -1)

    def contributions(self, rows: Rows, outputs: Sequence[int], background: Floats | None, by: Method) -> Contributions:
        """Exact path-dependent TreeSHAP of xgboost: a few milliseconds a row, without preparation."""
        matrix = xgboost().DMatrix(rows, missing=np.nan)
        found = self.booster.predict(matrix, pred_contribs=True, validate_features=False).astype(np.float64)
        chosen = found.reshape(len(rows), -1, found.shape[-1])[:, list(outputs)]
        return Contributions(chosen[:, :, :-1], chosen[0, :, -1])

    def ensemble(self) -> TreeEnsemble:
        return xgboost_ensemble(self.content())

    def method(self, by: Method) -> str:
        return "tree_shap"
