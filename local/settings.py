"""What the launcher was told on its command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"
ENGINES = ("process", "docker")


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds everything that a run writes; `port` 0 lets the system choose one."""

    home: Path
    port: int = 0
    hour_seconds: float = 3600.0
    engine: str = "process"
    until_parent_exits: bool = False
    region: str = REGION
    account: str = ACCOUNT

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def temporary(self) -> Path:
        """Folder for everything short-lived; removed when the launcher ends."""
        return self.home / "tmp"

    def on_port(self, port: int) -> Settings:
        return replace(self, port=port)


_current: Settings | None = None


def current() -> Settings:
    """The running launcher's settings."""
    if _current is None:
        raise RuntimeError("the embedded AWS is not launched in this process: settings.use() comes first")
    return _current


def use(settings: Settings) -> None:
    """Make `settings` the ones of this process; the launcher calls it once, tests call it with their own."""
    global _current
    _current = settings


def parse(arguments: Sequence[str]) -> Settings:
    """Settings of `python -m local ...`; argparse ends the process where they are wrong."""
    parser = argparse.ArgumentParser(prog="python -m local", description="An AWS on this machine, for Homeostat.")
    parser.add_argument("--home", type=Path, required=True, help="folder that holds all that the run writes")
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument("--hour-seconds", type=_seconds, default=3600.0, help="real seconds that an hour lasts")
    parser.add_argument("--engine", choices=ENGINES, default="process", help="how jobs and endpoints run")
    parser.add_argument("--until-parent-exits", action="store_true", help="end when standard input closes")
    told = parser.parse_args(arguments)
    return Settings(told.home.resolve(), told.port, told.hour_seconds, told.engine, told.until_parent_exits)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.05 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of an hour: 0.05 to 3600 seconds")
    return seconds
