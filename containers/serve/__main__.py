"""The entry point of the image `serve`. SageMaker adds the argument `serve`, which says nothing new."""

from __future__ import annotations

import os
import sys
import traceback

from containers.folders import MlFolders
from containers.outcome import sentence
from containers.serve.main import Settings, main

if __name__ == "__main__":
    try:
        main(MlFolders.read(os.environ), Settings.read(os.environ))
    except Exception as fault:  # noqa: BLE001 -- the outermost frame of the process: nothing is above to catch it
        if not isinstance(fault, ValueError | OSError):
            traceback.print_exc()
        sys.exit(f"cannot serve: {sentence(fault)}")
