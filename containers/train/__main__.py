"""The entry point of the image `train`."""

from __future__ import annotations

import os
import signal
import sys
from threading import Event

from containers import outcome
from containers.folders import MlFolders
from containers.train.main import main

if __name__ == "__main__":
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    folders = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: main(folders, stop.is_set), folders.failure))
