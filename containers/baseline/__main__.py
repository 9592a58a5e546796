"""The program BASELINE of the image `process`."""

from __future__ import annotations

import os
import sys

from containers import outcome
from containers.baseline.main import main
from containers.folders import MlFolders

if __name__ == "__main__":
    folders = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: main(folders), folders.message))
