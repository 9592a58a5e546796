"""Kernels that were compiled with an image are found by a job that may write nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from containers.kernels import Copied
from tests.containers.test_images import DOCKERFILE, STAGES

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KERNEL = """
from numba import njit

@njit(cache=True)
def twice(x):
    return x + x

assert twice({argument}) == 2 * {argument}
print(sum(twice.stats.cache_hits.values()), sum(twice.stats.cache_misses.values()))
"""


def ran(folder: Path, argument: str = "2", **variables: str) -> str:
    """How often the program found a kernel, and how often it compiled one."""
    program = folder / "program.py"
    program.write_text(KERNEL.replace("{argument}", argument))
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "kernels"), "PYTHONPATH": str(ROOT), **variables}
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, env=environment, check=True)
    return ended.stdout.strip()


def held(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in (folder / "kernels").rglob("*") if file.is_file()}


def in_a_job(folder: Path) -> dict[str, str]:
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    return {"TMPDIR": str(scratch), "NUMBA_CACHE_LOCATOR_CLASSES": f"{Copied.__module__}.{Copied.__name__}"}


def test_a_job_finds_what_was_compiled_with_the_image_and_leaves_it_alone(tmp_path: Path) -> None:
    assert ran(tmp_path) == "0 1"
    built = held(tmp_path)
    assert built
    assert ran(tmp_path, **in_a_job(tmp_path)) == "1 0"
    assert held(tmp_path) == built


def test_a_job_compiles_what_the_image_has_not(tmp_path: Path) -> None:
    ran(tmp_path)
    built = held(tmp_path)
    assert ran(tmp_path, argument="[2.5][0]", **in_a_job(tmp_path)) == "0 1"
    assert held(tmp_path) == built


def test_kernels_are_those_of_a_kind_of_processor_not_of_the_one_that_built_the_image(tmp_path: Path) -> None:
    """Without its features the key of a kernel holds those of the machine that runs."""
    kind = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    assert ran(tmp_path, **kind) == "0 1"
    assert ran(tmp_path, **{**kind, "NUMBA_CPU_FEATURES": "+sse3"}) == "0 1"
    assert "NUMBA_CPU_FEATURES=" in STAGES["process"]


def test_the_image_names_the_copy_after_it_has_compiled() -> None:
    """Not before: what was compiled into a copy would be gone."""
    name = f"NUMBA_CACHE_LOCATOR_CLASSES={Copied.__module__}.{Copied.__name__}"
    stage = STAGES["process"]
    assert stage.index("python -m containers.compiled") < stage.index(name)
    assert DOCKERFILE.count(name) == 1
