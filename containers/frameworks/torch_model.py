"""torch: `model.pt2`, as `torch.export.save` writes it."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from containers.frameworks import pt2_archive
from containers.frameworks.files import first_line
from containers.frameworks.gradients import explain
from containers.frameworks.predictor import (
    SURE,
    SURER,
    Contributions,
    Floats,
    Rows,
    Scale,
    Scores,
    answers,
    scale_of,
    shaped,
)
from core.attribution.ensemble import NotCovered, TreeEnsemble
from core.attribution.integrated_gradients import Gradient
from core.attribution.sampled_shapley import Answer
from core.contracts.explaining import Method
from core.contracts.problem import REGRESSION, Target

FILE = "model.pt2"
PART = 1 << 16
"""Rows that are answered at once."""
FAULTS = (RuntimeError, AssertionError, LookupError, TypeError, ValueError, AttributeError, pickle.UnpicklingError)
"""What torch raises for an archive, or for rows, that it cannot work with."""


def read(content: bytes, target: Target, threads: int) -> TorchModel:
    """Raises ValueError for what is no exported program of one input, for one that holds code, and without torch."""
    try:
        example = pt2_archive.check(content)
    except ValueError as fault:
        raise ValueError(f"{FILE} is not read: {fault}") from None
    torch = _torch()
    torch.set_num_threads(threads)
    try:
        torch.load(io.BytesIO(example), weights_only=True)  # what torch.export.load would else unpickle without care
        program = torch.export.load(io.BytesIO(content))
        inputs = program.graph_signature.user_inputs
        taken = next(node.meta["val"] for node in program.graph.nodes if node.name == inputs[0])
        module = program.module()
        precise = _precise(copy.deepcopy(module), int(taken.shape[-1]))
    except FAULTS as fault:
        raise ValueError(f"{FILE} cannot be read: {first_line(fault)}") from None
    if len(inputs) != 1 or taken.ndim != 2 or not taken.dtype.is_floating_point:
        raise ValueError(f"{FILE} takes {len(inputs)} inputs, the first {taken}; accepted is one, [rows, columns]")
    return TorchModel(module, precise, content, target, int(taken.shape[1]), taken.dtype)


def _precise(module: Any, columns: int) -> Any:
    """The same of 64-bit numbers, in which the log-odds of a probability near 1 are known; None where its graph says
    that numbers have 32 bits."""
    torch = _torch()
    try:
        made = module.double()
        with torch.no_grad():
            return made if made(torch.zeros((2, columns), dtype=torch.float64)).dtype == torch.float64 else None
    except FAULTS:
        return None


def _torch() -> Any:
    try:
        import torch
        import torch.export
    except ImportError:
        raise ValueError(
            f"{FILE} needs torch, which is not installed here; an image gets it by `make images TORCH=torch==2.13.0`"
        ) from None
    return torch


@dataclass(frozen=True, slots=True)
class TorchModel:
    module: Any
    """torch.nn.Module of the exported graph."""
    precise: Any
    """The same of 64-bit numbers, or None."""
    whole: bytes
    """Of the file."""
    target: Target
    columns: int
    dtype: Any
    """Of the input."""
    file: str = FILE
    rounds: int = 0
    needs_background: bool = True

    @property
    def scale(self) -> Scale:
        return scale_of(self.target.problem)

    def content(self) -> bytes:
        return self.whole

    def scores(self, rows: Rows) -> Scores:
        parts = [rows[at : at + PART] for at in range(0, max(1, len(rows)), PART)]
        try:
            with _torch().no_grad():
                found = [self.module(_torch().from_numpy(_whole(part)).to(self.dtype)).numpy() for part in parts]
        except FAULTS as fault:
            raise ValueError(f"{FILE} cannot answer {len(rows)} rows: {first_line(fault)}") from None
        return answers(np.concatenate(found), self.target)

    def margins(self, rows: Rows) -> Floats:
        with _torch().no_grad():
            parts = [_torch().from_numpy(_whole(rows[at : at + PART])) for at in range(0, len(rows), PART)]
            return np.concatenate([self._margins(part).numpy() for part in parts])

    def contributions(self, rows: Rows, outputs: Sequence[int], background: Floats | None, by: Method) -> Contributions:
        """Integrated Gradients from the background's mean, whatever `by` says."""
        assert background is not None  # `needs_background`
        start = np.nanmean(background, axis=0)
        found = [explain(self._margin(at), self._gradient(at), rows.astype(np.float64), start) for at in outputs]
        return Contributions(np.stack(found, axis=1), self.margins(start[None])[0, list(outputs)])

    def ensemble(self) -> TreeEnsemble:
        raise NotCovered("a program of torch")

    def method(self, by: Method) -> str:
        return "integrated_gradients"

    def _margins(self, rows: Any) -> Any:
        """`margins`, as tensors of 64 bits: as `log_odds` has them, and differentiable."""
        torch = _torch()
        told = self.module(rows.to(self.dtype)) if self.precise is None else self.precise(rows.double())
        told, sure = shaped(told, self.target), SURE if told.dtype != torch.float64 else SURER
        told = told.double()
        if self.target.problem == REGRESSION:
            return told[:, None]
        if told.ndim == 1:
            return torch.logit(told, sure)[:, None]
        others = told.sum(dim=1, keepdim=True) - told
        return told.clamp(min=SURER).log() - others.clamp(min=SURER).log()

    def _margin(self, output: int) -> Answer:
        return lambda rows: self.margins(rows)[:, output]

    def _gradient(self, output: int) -> Gradient:
        """Of one margin by each column, [rows, columns]."""
        torch = _torch()

        def gradient(rows: Floats) -> Floats:
            given = torch.from_numpy(_whole(rows)).requires_grad_()
            with torch.enable_grad():
                margin = self._margins(given)[:, output]
                if not margin.requires_grad:
                    raise ValueError(f"{FILE} has no gradient: it was exported under torch.no_grad()")
                (found,) = torch.autograd.grad(margin.sum(), given)
            return np.asarray(found.double().numpy())

        return gradient


def _whole(rows: Rows) -> Floats:
    return np.ascontiguousarray(rows, np.float64)
