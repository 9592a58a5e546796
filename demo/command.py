"""The command line of the demonstration. Raises KeyboardInterrupt when a signal ends it; nothing runs then."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from core.config.load import InvalidTeams
from demo.display import Display
from demo.look_around import look_around
from demo.run import Demonstrated, Place, deploy, loop_on, write_down
from demo.story import Story
from demo.toolchain import ToolFailed
from demo.watch import NeverHappened
from local.start import EmbeddedAws, NotStarted

HOUR_S = 3.0


def main() -> int:
    told = _arguments()
    console = Console(highlight=False)
    place = Place(told.home.resolve(), told.output.resolve())
    signal.signal(signal.SIGTERM, _as_interrupt)
    if told.down:
        ended = EmbeddedAws.stop_running(place.home)
        console.print("ended the embedded AWS" if ended else "nothing was running")
        return 0
    try:
        return _demonstrate(console, place, told.hour_seconds, told.engine, told.keep_up)
    except (
        InvalidTeams,
        LookupError,
        NotStarted,
        ToolFailed,
        NeverHappened,
        BotoCoreError,
        ClientError,
        OSError,
    ) as error:
        console.print(f"[red]the demonstration ended early:[/red] {escape(str(error))}", soft_wrap=True)
        console.print(f"logs: {place.output}, {place.home}; `make down` ends what `make up` left", soft_wrap=True)
        return 1


def _demonstrate(console: Console, place: Place, hour_s: float, engine: str, keep_up: bool) -> int:
    shown, story = Demonstrated.load(), Story()
    done = False
    aws = None
    try:
        with Display(console, story).live():
            aws, region = deploy(shown, story, place, hour_s, engine, detached=keep_up)
            deployed_s = story.now_s()
            loop = loop_on(aws, shown, region, story)
            at = loop.run()
            summary = write_down(aws, shown, place, loop, at, deployed_s)
        done = True
    finally:
        if aws is not None and not (done and keep_up):
            aws.stop()
    console.print()
    console.print(summary.screen(place.report))
    if keep_up:
        console.print(look_around(aws, loop.names), soft_wrap=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="The whole loop on the embedded AWS.")
    parser.add_argument("--hour-seconds", type=float, default=HOUR_S, help="how long an hour of the embedded AWS lasts")
    parser.add_argument("--engine", choices=("process", "docker"), default="process", help="what runs jobs and models")
    parser.add_argument("--home", type=Path, default=Place().home, help="where the embedded AWS keeps its files")
    parser.add_argument("--output", type=Path, default=Place().output, help="where summary and report go")
    parser.add_argument("--keep-up", action="store_true", help="leave the environment running at the end")
    parser.add_argument("--down", action="store_true", help="end what --keep-up left running")
    told = parser.parse_args()
    if told.hour_seconds < 1:
        parser.error(f"--hour-seconds is {told.hour_seconds:g}; a window needs at least 1 s of requests")
    return told


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
