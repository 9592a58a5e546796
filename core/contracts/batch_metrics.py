"""Metrics of batch scoring: those of the monitor in the namespaces that the managed monitors have for batch transform,
by schedule alone, and those that tell of runs that did not come about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.contracts.metrics import BIAS, DATA, EXPLAINABILITY, HOMEOSTAT, QUALITY, Metric

ENDPOINT = "Endpoint"
NAMESPACES: Mapping[str, str] = {
    namespace: namespace.replace("/Endpoints/", "/ModelMonitoring/")
    for namespace in (DATA, QUALITY, BIAS, EXPLAINABILITY)
}
"""Of endpoints -> of batch transform."""
SCHEDULE = ("MonitoringSchedule",)
"""Its value is `ModelNames.batch`."""

BATCH_FAILURES = Metric(HOMEOSTAT, "batch_failures", SCHEDULE, unit="Count")
"""1 for each time at which a batch was due whose transform job failed, was stopped, could not be started or never was,
or whose answers SageMaker's own monitor has not seen."""
BATCH_IDLE = Metric(HOMEOSTAT, "batch_without_rows", SCHEDULE, unit="Count")
"""1 for each time at which there were no rows to score."""


def of_batch(metric: Metric) -> Metric:
    """The metric of an endpoint's window as it is told of a batch.

    >>> from core.contracts.metrics import DRIFT, feature_drift
    >>> of_batch(DRIFT).dimensions, of_batch(feature_drift("age")).namespace
    (('MonitoringSchedule',), 'aws/sagemaker/ModelMonitoring/data-metrics')
    """
    kept = tuple(name for name in metric.dimensions if name != ENDPOINT)
    return replace(metric, namespace=NAMESPACES.get(metric.namespace, metric.namespace), dimensions=kept)


def datum_of_batch(namespace: str, datum: Mapping[str, Any], schedule: str, at: Any) -> tuple[str, dict[str, Any]]:
    """The same for a data point, told of `schedule` at a time."""
    kept = [
        {"Name": each["Name"], "Value": schedule if each["Name"] in SCHEDULE else each["Value"]}
        for each in datum["Dimensions"]
        if each["Name"] != ENDPOINT
    ]
    return NAMESPACES.get(namespace, namespace), {**datum, "Dimensions": kept, "Timestamp": at}
