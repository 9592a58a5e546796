"""Setting up ends well or in one clear sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A folder with what `tools/install.py` reads."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "install.py", tmp_path / "tools")
    for name in install.LOCKS:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/install.py"]
    return subprocess.run(
        command, cwd=checkout, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_an_unsupported_python_is_named_with_what_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    assert install.main() == 1
    assert "this is Python 3.9.1, and 3.11 to 3.13 is needed" in capsys.readouterr().err


def test_a_full_disk_is_named_with_what_is_needed(monkeypatch, capsys, checkout):
    monkeypatch.setattr(install, "ROOT", checkout)
    monkeypatch.setattr(install, "STAMP", checkout / ".venv" / "installed")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    assert install.main() == 1
    assert "0 MB free, and 3000 are needed" in capsys.readouterr().err


@pytest.mark.slow
def test_without_a_network_it_says_what_could_not_be_reached(checkout):
    """A proxy that refuses stands for a network that is not there."""
    nowhere = "http://127.0.0.1:9"
    settings = {
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "PIP_RETRIES": "0",
        "PIP_NO_INDEX": "",
        "PIP_CONFIG_FILE": os.devnull,
    }
    ended = run(checkout, **settings, PIP_NO_CACHE_DIR="1", PIP_FIND_LINKS="")
    assert ended.returncode == 1
    assert "Is PyPI reachable from here" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (checkout / ".venv" / "installed").exists()


def test_a_complete_installation_is_not_done_again():
    assert install.STAMP.exists(), "this test runs in an installed checkout"
    before = install.STAMP.stat().st_mtime_ns
    assert run(ROOT).returncode == 0
    assert install.STAMP.stat().st_mtime_ns == before
