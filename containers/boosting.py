"""xgboost without what it does not need here."""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

UNUSED = ("pandas", "sklearn", "pyarrow", "xgboost.sklearn", "xgboost.plotting")
"""Imported by xgboost when they are installed, for wrappers that no job uses. With them the import takes 2.9 s of CPU
and 200 MB, without them 0.6 s and 66 MB; each job is a process of its own, so each would pay."""


@functools.cache
def xgboost() -> Any:
    """The module `xgboost`, imported when it is first needed. In the images nothing of UNUSED is installed anyway."""
    absent = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: "cannot be imported" (import system)
    try:
        import xgboost as module
    finally:
        for name in absent:
            _forget(name, sys.modules)
    return module


def _forget(name: str, modules: dict[str, ModuleType]) -> None:
    if modules.get(name) is None:
        modules.pop(name, None)
