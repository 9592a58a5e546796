"""That a model answers otherwise than at its release is a metric, beside the drift of what it is asked."""

from __future__ import annotations

from dataclasses import replace

from containers.model import TrainedModel
from containers.monitor.metrics import Publication, answers_data
from core.contracts.metrics import CONFIDENCE_DRIFT, DRIFT, HOMEOSTAT, PREDICTION_DRIFT
from tests.containers.world import END, NAMES, Memory, capture, captured, draw, latest, run


def test_the_distance_of_the_answers_is_published_as_the_report_tells_it(memory: Memory, model: TrainedModel) -> None:
    def moved(values: object) -> None:
        values[:, 0] += 3.0  # type: ignore[index]

    capture(memory, (one.line() for one in captured(model, draw(300, 5, moved))))
    run(memory)
    report = latest(memory)
    assert report.prediction_drift > 0.2
    assert memory.metric(PREDICTION_DRIFT.name) == report.prediction_drift
    assert memory.metric(CONFIDENCE_DRIFT.name) is None, "two classes are told by one probability"


def test_too_few_rows_prove_nothing_of_the_answers(memory: Memory, model: TrainedModel) -> None:
    capture(memory, (one.line() for one in captured(model, draw(20, 5))))
    run(memory)
    assert memory.metric(DRIFT.name) is None
    assert memory.metric(PREDICTION_DRIFT.name) is None


def test_of_several_classes_it_is_told_how_sure_the_model_is(memory: Memory, model: TrainedModel) -> None:
    capture(memory, (one.line() for one in captured(model, draw(300, 5))))
    run(memory)
    publication = Publication(NAMES.endpoint, NAMES.monitor, END)
    told = list(answers_data(publication, replace(latest(memory), prediction_drift=0.125, confidence_drift=0.25)))
    assert [(space, datum["MetricName"], datum["Value"]) for space, datum in told] == [
        (HOMEOSTAT, "prediction_drift", 0.125),
        (HOMEOSTAT, "confidence_drift", 0.25),
    ]
