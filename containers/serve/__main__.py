"""The entry point of the image `serve`. SageMaker adds the argument `serve`, which says nothing new."""

from __future__ import annotations

import os
import sys

from containers.folders import MlFolders
from containers.outcome import sentence
from containers.serve.main import Settings, main

if __name__ == "__main__":
    try:
        main(MlFolders.read(os.environ), Settings.read(os.environ))
    except (ValueError, OSError) as fault:
        sys.exit(f"cannot serve: {sentence(fault)}")
