"""Where a job finds the kernels that were compiled when its image was built (`containers.compiled`).

numba refuses a folder that it cannot write into, and then compiles everything anew; a job's user may write nothing of
the image's. So a process works on a copy of some megabytes, which is made when it needs the first kernel. Images name
the class in the variable NUMBA_CACHE_LOCATOR_CLASSES.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core.caching import UserProvidedCacheLocator


class Copied(UserProvidedCacheLocator):
    """numba's own locator of NUMBA_CACHE_DIR, over a copy of it."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        self._cache_path = str(_copy(os.environ["NUMBA_CACHE_DIR"]) / Path(self._cache_path).name)


@functools.cache
def _copy(folder: str) -> Path:
    """Below the folder for temporary files, which ends with the container."""
    copy = Path(tempfile.mkdtemp(prefix="kernels-"))
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    return copy
