"""The model's quality on parts of the window: by the values of single features."""

from __future__ import annotations

import numpy as np

from containers.monitor.labels import Labelled
from containers.monitor.measured import measure
from containers.monitor.window import Reading
from core.contracts.evaluation import Evaluation
from core.contracts.reports import SegmentReport


def segment_reports(labelled: Labelled, reading: Reading, evaluation: Evaluation) -> tuple[SegmentReport, ...]:
    """Every segment with enough labels, against the whole model's quality at its release."""
    found = []
    for at, feature in enumerate(reading.policy.segments):
        codes = labelled.answered[:, 1 + len(reading.facets) + at]
        for code, name in enumerate(reading.groups(feature).names):
            inside = codes == code
            if np.count_nonzero(inside) < reading.policy.minimum_labels:
                continue
            part = Labelled(labelled.labels[inside], labelled.answered[inside], 0)
            quality = measure(part, reading).report(reading.policy.quality_metric, evaluation)
            if quality is not None:
                found.append(SegmentReport(feature, name, quality))
    return tuple(found)
