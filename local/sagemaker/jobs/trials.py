"""Training jobs as their tuning job sees them: counted, summed up, compared by the objective."""

from __future__ import annotations

from typing import Any

from local.sagemaker.store import Record

OVER = ("Completed", "Failed", "Stopped")


def counted(trained: list[Record], metric: str) -> dict[str, Any]:
    """TrainingJobStatusCounters and ObjectiveStatusCounters."""
    statuses = [one["TrainingJobStatus"] for one in trained]
    objectives = [objective(one, metric) for one in trained]
    return {
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {name: objectives.count(name) for name in ("Succeeded", "Pending", "Failed")},
    }


def summary(one: Record, metric: str) -> Record:
    """HyperParameterTrainingJobSummary."""
    members = (
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingStartTime",
        "TrainingEndTime",
        "FailureReason",
    )
    told = {name: one[name] for name in (*members, "TrainingJobStatus") if name in one}
    told |= {"TunedHyperParameters": one["Tuned"], "ObjectiveStatus": objective(one, metric)}
    if (found := value(one, metric)) is not None:
        told["FinalHyperParameterTuningJobObjectiveMetric"] = {"MetricName": metric, "Value": found}
    return told


def objective(one: Record, metric: str) -> str:
    if not over(one):
        return "Pending"
    return "Succeeded" if value(one, metric) is not None else "Failed"


def value(one: Record, metric: str) -> float | None:
    return next(
        (entry["Value"] for entry in one.get("FinalMetricDataList") or () if entry["MetricName"] == metric), None
    )


def over(one: Record) -> bool:
    return one["TrainingJobStatus"] in OVER
