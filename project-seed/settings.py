"""What the platform wrote into homeostat.json."""

import json
from pathlib import Path

HERE = Path(__file__).parent


def read():
    """The settings as a dict: model, label, features, region, pipeline, and where data and code go."""
    return json.loads((HERE / "homeostat.json").read_text())
