"""`python -m local --home DIR`: run the embedded AWS; see `local.launch`."""

from __future__ import annotations

import os
import signal
import sys

from local.claim import HomeUnusable
from local.hooks import HookMissing
from local.launch import CannotLaunch, launch
from local.settings import parse


def main() -> int:
    # Until the server listens for it, SIGTERM ends this process as Ctrl-C does: in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        launch(parse(sys.argv[1:]))
    except (HomeUnusable, HookMissing, CannotLaunch) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # threads that wait, for a function that is gone or for each other, are not waited for
