"""`python leash.py COMMAND...`: run a command that never outlives who started it.

The command gets a process group of its own, so that a tool that starts others (the CDK CLI does) is ended with all of
them: when standard input closes, which it also does where the starter was killed, or when the command itself ends.
When this ends, none of them runs any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

LOOK_S, LONGEST_S = 0.02, 60.0


def main(command: list[str]) -> int:
    """Exit status of the command; as a shell's, so 137 where SIGKILL ended it."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    threading.Thread(target=_end_with_starter, args=(process.pid,), daemon=True).start()
    status = process.wait()
    _end(process.pid)
    return status if status >= 0 else 128 - status


def _end_with_starter(group: int) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass  # what is written is of no interest: its end is
    _end(group)


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + LONGEST_S
    while _runs(group) and time.monotonic() < deadline:  # on a busy machine even a killed process takes its time
        time.sleep(LOOK_S)


def _runs(group: int) -> bool:
    """Whether a process of the group is left that is more than an entry which its parent has not read yet."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):  # it has just ended
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
