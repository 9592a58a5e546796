"""`python -m local --home DIR`: run the embedded AWS; see `local.launch`."""

from __future__ import annotations

import sys

from local.claim import HomeUnusable
from local.hooks import HookMissing
from local.launch import CannotLaunch, launch
from local.settings import parse


def main() -> int:
    try:
        launch(parse(sys.argv[1:]))
    except (HomeUnusable, HookMissing, CannotLaunch) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
