"""xgboost and LightGBM without what they do not need here."""

from __future__ import annotations

import functools
import importlib
import sys
from types import ModuleType
from typing import Any

UNUSED = ("pandas", "sklearn", "pyarrow", "joblib", "matplotlib", "dask", "xgboost.sklearn", "xgboost.plotting")
"""Imported by them when they are installed, for wrappers that no job uses. With them the import of xgboost takes 2.9 s
of CPU and 200 MB, without them 0.6 s and 66 MB; each job is a process of its own, so each would pay."""


@functools.cache
def xgboost() -> Any:
    """The module `xgboost`, imported when it is first needed."""
    return _alone("xgboost")


@functools.cache
def lightgbm() -> Any:
    """The module `lightgbm`, imported when it is first needed."""
    return _alone("lightgbm")


def _alone(name: str) -> Any:
    """In the images nothing of UNUSED is installed anyway."""
    absent = [unused for unused in UNUSED if unused not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: "cannot be imported" (import system)
    try:
        return importlib.import_module(name)
    finally:
        for unused in absent:
            _forget(unused, sys.modules)


def _forget(name: str, modules: dict[str, ModuleType]) -> None:
    if modules.get(name) is None:
        modules.pop(name, None)
