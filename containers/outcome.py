"""How a job ends: with exit code 0, or with its reason in the file that SageMaker shows."""

from __future__ import annotations

import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 1024
"""Bytes that SageMaker reads of the file."""
STACK = re.compile(r"\n(\s+at |Stack trace:)")
"""Where Java and xgboost append the places in their own code to what they say."""


class Stopped(BaseException):
    """SIGTERM came. No fault: nothing on the way takes it for one."""


def run(job: Callable[[], str | None], reason_file: Path) -> int:
    """Run the job; return the exit code.

    Whatever the job raises goes to `reason_file` in one sentence and, with its traceback, to the log. What a job
    returns is its exit message, if it has one.
    """
    try:
        with _heard():
            message = job()
    except Stopped:
        _write(reason_file, "the job was told to stop before it had ended")
        return 128 + signal.SIGTERM
    except Exception as fault:  # noqa: BLE001 -- the outermost frame of the process: nothing is above to catch it
        traceback.print_exc()
        _write(reason_file, sentence(fault))
        return 1
    if message:
        print(message, flush=True)
        _write(reason_file, message)
    return 0


def sentence(fault: BaseException) -> str:
    """What went wrong. The text of faults that were raised for people; else the class is named as well."""
    text = str(fault.args[0]) if isinstance(fault, LookupError) and fault.args else str(fault)
    text = STACK.split(text)[0].strip()
    return text if isinstance(fault, ValueError | LookupError) and text else f"{type(fault).__name__}: {text}"


@contextmanager
def _heard() -> Iterator[None]:
    """SIGTERM raises Stopped, unless the job hears it itself. The first process of a container is not ended by it: it
    would go on until SIGKILL, and leave nothing in order."""

    def stop(*_: object) -> None:
        raise Stopped

    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _write(file: Path, text: str) -> None:
    """At most LONGEST bytes, never half a character: SageMaker fails a job whose message is not UTF-8."""
    kept = text.encode()[:LONGEST].decode(errors="ignore")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(kept, encoding="utf-8")
    except OSError as fault:
        print(f"{file} cannot be written: {fault}", file=sys.stderr)
