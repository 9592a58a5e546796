"""`make demo`, `make up`, `make down`."""

from __future__ import annotations

import sys


def main() -> int:
    try:
        from demo.command import main as command  # seconds of imports, which Ctrl-C may end as well

        return command()
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running")
        return 130


if __name__ == "__main__":
    sys.exit(main())
