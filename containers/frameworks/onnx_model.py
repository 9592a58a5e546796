"""ONNX: `model.onnx`, what scikit-learn (by skl2onnx) and most other frameworks can be turned into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from containers.frameworks.asking import ask
from containers.frameworks.files import first_line
from containers.frameworks.predictor import Contributions, Floats, Rows, Scale, Scores, answers, margins_of, scale_of
from core.attribution.ensemble import NotCovered, TreeEnsemble
from core.attribution.sampled_shapley import Answer
from core.contracts.explaining import Method
from core.contracts.problem import Target

FILE = "model.onnx"
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}
PROBABILITIES = "probabilities"
"""The output that is taken of several: scikit-learn's classifiers answer with their labels as well."""
ERRORS = 3
"""Severity from which on the runtime writes into the log."""


def read(content: bytes, target: Target, threads: int) -> OnnxModel:
    """Raises ValueError for what is no model of one input of numbers and one output of numbers that is used."""
    import onnxruntime

    told = onnxruntime.SessionOptions()
    told.intra_op_num_threads, told.inter_op_num_threads, told.log_severity_level = threads, 1, ERRORS
    try:
        session = onnxruntime.InferenceSession(content, told, providers=["CPUExecutionProvider"])
    except _faults() as fault:
        raise ValueError(f"{FILE} cannot be read: {first_line(fault)}") from None
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or inputs[0].type not in TYPES:
        found = ", ".join(f"{each.name} of {each.type}" for each in inputs)
        raise ValueError(f"{FILE} takes {found}; accepted is one input of {' or '.join(TYPES)}, [rows, columns]")
    return OnnxModel(session, content, target, _output(outputs))


def _output(outputs: Sequence[Any]) -> str:
    chosen = [each for each in outputs if len(outputs) == 1 or each.name == PROBABILITIES]
    if len(chosen) != 1 or chosen[0].type not in TYPES:
        found = ", ".join(f"{each.name} of {each.type}" for each in outputs)
        raise ValueError(
            f"{FILE} answers {found}; accepted is one output, or one of several that is called {PROBABILITIES}, of "
            f"{' or '.join(TYPES)} (skl2onnx: options={{'zipmap': False}})"
        )
    return str(chosen[0].name)


def _faults() -> tuple[type[Exception], ...]:
    """The runtime's errors: their module has no class that they share."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return tuple(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception))


@dataclass(frozen=True, slots=True)
class OnnxModel:
    session: Any
    """onnxruntime.InferenceSession"""
    whole: bytes
    """Of the file."""
    target: Target
    output: str
    file: str = FILE
    rounds: int = 0
    needs_background: bool = True

    @property
    def scale(self) -> Scale:
        return scale_of(self.target.problem)

    @property
    def columns(self) -> int | None:
        shape = self.session.get_inputs()[0].shape
        return shape[1] if len(shape) == 2 and isinstance(shape[1], int) else None

    def content(self) -> bytes:
        return self.whole

    def scores(self, rows: Rows) -> Scores:
        (taken,) = self.session.get_inputs()
        try:
            (found,) = self.session.run([self.output], {taken.name: np.ascontiguousarray(rows, TYPES[taken.type])})
        except _faults() as fault:
            raise ValueError(f"{FILE} cannot answer {len(rows)} rows: {first_line(fault)}") from None
        return answers(found, self.target)

    def margins(self, rows: Rows) -> Floats:
        return margins_of(self.scores(rows), self.target.problem)

    def contributions(self, rows: Rows, outputs: Sequence[int], background: Floats | None, by: Method) -> Contributions:
        """Estimates of each output by itself, from the model's answers."""
        assert background is not None  # `needs_background`
        asked = [ask(self._answer(output), rows.astype(np.float64), background, by) for output in outputs]
        return Contributions(
            np.stack([each.values for each in asked], axis=1), np.array([each.expected for each in asked])
        )

    def _answer(self, output: int) -> Answer:
        return lambda rows: self.margins(rows)[:, output]

    def ensemble(self) -> TreeEnsemble:
        raise NotCovered("a graph of ONNX, which may be anything")

    def method(self, by: Method) -> str:
        return by
