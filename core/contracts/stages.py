"""Folders of the training pipeline: what one step leaves is what the next one takes.

Every step writes below `s3://<models bucket>/<ModelNames.artifact_prefix><execution id>/<folder>/`. A data set is one
`data.csv` with a header, the label first, then the features of the signature in order; `signature.json` lies beside it.
"""

from __future__ import annotations

TRAIN, VALIDATION, TEST = "train", "validation", "test"
MODEL, BASELINE, EVALUATION = "model", "baseline", "evaluation"
DATA_FILE = "data.csv"
BASELINE_FILE = "baseline.json"
"""Histograms of features, predictions and attributions that a window is compared with."""


def processing_input(folder: str) -> str:
    """
    >>> processing_input(TEST)
    '/opt/ml/processing/input/test'
    """
    return f"/opt/ml/processing/input/{folder}"


def processing_output(folder: str) -> str:
    return f"/opt/ml/processing/output/{folder}"
