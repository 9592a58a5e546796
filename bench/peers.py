"""The environment of the libraries that ours are measured against: apart from ours, since they need older packages."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.program import ROOT, run

PINS = ROOT / "bench" / "peers.txt"
FOLDER = ROOT / "build" / "bench" / "peers"


def peers_python(folder: Path = FOLDER) -> Path:
    """Its interpreter. Made (from a package index, some 100 packages) where there is none yet of these pins.

    Raises Failed where it cannot be made.
    """
    wanted, made, python = PINS.read_text(), folder / "made", folder / "bin" / "python"
    if not made.exists() or made.read_text() != wanted:
        uv = [sys.executable, "-m", "uv"]
        run([*uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)])
        # compiled, as any install by pip is: no peer pays for its first import
        install = ["pip", "install", "-q", "--compile-bytecode", "--python", str(python), "-r", str(PINS)]
        run([*uv, *install])
        made.write_text(wanted)
    return python
