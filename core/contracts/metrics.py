"""Metrics that the monitor publishes and the alarms, dashboards and autoscaling read.

The managed monitors' namespaces, metric names and dimensions are kept (see the SageMaker guide,
"Interpret results: CloudWatch metrics"), so that alarms work with either engine. What the managed
monitors never had (one number for a whole window) lies in the namespace `Homeostat`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

SCHEDULE_DIMENSIONS = ("Endpoint", "MonitoringSchedule")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: the job publishes `datum`, the alarm watches the same namespace, name and dimensions."""

    namespace: str
    name: str
    dimensions: tuple[str, ...] = SCHEDULE_DIMENSIONS
    unit: str = "None"

    def datum(self, value: float, at: datetime, dimensions: Mapping[str, str]) -> dict[str, Any]:
        """One entry of PutMetricData's `MetricData`.

        Raises ValueError unless exactly the declared dimensions are given: a datum with another
        dimension set is another metric, which no alarm will ever see.
        """
        if set(dimensions) != set(self.dimensions):
            raise ValueError(f"{self.name} takes dimensions {self.dimensions}, got {tuple(dimensions)}")
        return {
            "MetricName": self.name,
            "Timestamp": at,
            "Dimensions": [{"Name": name, "Value": dimensions[name]} for name in self.dimensions],
            "Value": float(value),
            "Unit": self.unit,
        }


DATA = "aws/sagemaker/Endpoints/data-metrics"
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
BIAS = "aws/sagemaker/Endpoints/bias-metrics"
EXPLAINABILITY = "aws/sagemaker/Endpoints/explainability-metrics"
HOMEOSTAT = "Homeostat"


def feature_drift(feature: str) -> Metric:
    """Distance of the window's distribution from the baseline's, 0 to 1."""
    return Metric(DATA, f"feature_baseline_drift_{feature}")


def feature_non_null(feature: str) -> Metric:
    """Share of rows in which the feature is present, 0 to 1."""
    return Metric(DATA, f"feature_non_null_{feature}")


def model_quality(name: str) -> Metric:
    """For example `accuracy`, `auc`, `f1`, `rmse`: the keys of the managed model-quality report."""
    return Metric(QUALITY, name)


def estimated_quality(name: str) -> Metric:
    """The same metric as held-out rows like the window's tell it, without labels; absent where that would mislead."""
    return Metric(HOMEOSTAT, f"estimated_{name}")


def estimated_bound(name: str, bound: Literal["low", "high"]) -> Metric:
    """Of the 95 % interval of what labels would give; of the watched metric alone."""
    return Metric(HOMEOSTAT, f"estimated_{name}_{bound}")


EXPLAINED_DIMENSIONS = (*SCHEDULE_DIMENSIONS, "ExplainabilityMethod", "Label", "ValueType")
EXPLAINABILITY_METHOD = "KernelShap"
"""Value of ExplainabilityMethod, whatever the method is: dashboards of the managed monitor look for this one. The true
one stands in `analysis.json`."""
GLOBAL_VALUES, EXPECTED = "GlobalShapValues", "ExpectedValue"
"""Values of ValueType."""
EXPECTED_VALUE = Metric(EXPLAINABILITY, "ExpectedValue", EXPLAINED_DIMENSIONS)
"""Answer before its link function of a row of which nothing is known; absent where each class has its own."""


def attribution(feature: str) -> Metric:
    """Mean absolute attribution of one feature in the window."""
    return Metric(EXPLAINABILITY, f"feature_{feature}", EXPLAINED_DIMENSIONS)


def group_attribution(group: str) -> Metric:
    """The same of a group of features, summed row by row first; the managed monitor has no groups."""
    return Metric(EXPLAINABILITY, f"group_{group}", EXPLAINED_DIMENSIONS)


def group_drift(group: str) -> Metric:
    """Distance of the distribution of a group's attributions from the baseline's, 0 to 1."""
    return Metric(EXPLAINABILITY, f"group_drift_{group}")


BIAS_DIMENSIONS = (*SCHEDULE_DIMENSIONS, "BiasStage", "Label", "LabelValue", "Facet", "FacetValue")
PRE_TRAINING, POST_TRAINING = "Pre-training", "Post-Training"
"""Values of BiasStage, as the managed monitor writes them: of labels, and of the model's answers."""


def bias(name: str) -> Metric:
    """One of Clarify's bias metrics (`DPL`, `DI`) of one group of a sensitive feature against all others."""
    return Metric(BIAS, f"bias_metric_{name}", BIAS_DIMENSIONS)


def data_quality(dimension: str) -> Metric:
    """Share, 0 to 1, in one of the dimensions of `core.contracts.reports.DataQuality`."""
    return Metric(HOMEOSTAT, f"data_quality_{dimension}")


ROWS = Metric(HOMEOSTAT, "rows", unit="Count")
"""Rows in the window. Published by every run, so its absence means that the monitor is silent."""

VIOLATIONS = Metric(HOMEOSTAT, "data_quality_violations", unit="Count")
"""Constraint violations of the window that are not mere drift: types, completeness, columns, domains."""

DRIFT = Metric(HOMEOSTAT, "distribution_drift")
"""Largest feature drift divided by that feature's threshold: 1 and above is drift."""

RECENT_DRIFT = Metric(HOMEOSTAT, "recent_drift")
"""The same against the windows before; absent where there were none."""

MULTIVARIATE = Metric(HOMEOSTAT, "multivariate_auc")
"""How well a classifier tells the window's rows from the training set's: 0.5 not at all, 1 always."""

BIAS_DRIFT = Metric(HOMEOSTAT, "bias_drift", unit="Count")
"""Bias metrics that lie farther from parity than in training, beyond doubt; absent without sensitive features."""
BIAS_DRIFT_BY_LABELS = Metric(HOMEOSTAT, "bias_drift_by_labels", unit="Count")
"""Those of them that answers alone do not tell; absent without enough labels."""

PREDICTION_DRIFT = Metric(HOMEOSTAT, "prediction_drift")
"""Distance of the answers' distribution from that of held-out rows, or of training's where these are few, 0 to 1."""

CONFIDENCE_DRIFT = Metric(HOMEOSTAT, "confidence_drift")
"""The same of how sure the model is of the class that it says; of problems with several classes alone."""

ATTRIBUTION_DRIFT = Metric(HOMEOSTAT, "attribution_drift")
"""Largest attribution drift, of features and of groups that matter, divided by its threshold: 1 and above is drift."""

RECENT_ATTRIBUTION_DRIFT = Metric(HOMEOSTAT, "recent_attribution_drift")
"""The same against the windows before; absent where there were none."""

QUALITY_DROP = Metric(HOMEOSTAT, "quality_drop")
"""Loss of the model's quality metric against its baseline divided by the loss allowed: of the whole window, or of the
part of it that lost most where one fell for certain. Absent without labels."""

ESTIMATED_DROP = Metric(HOMEOSTAT, "estimated_drop")
"""The same by the estimate: 0 where its interval does not exclude that nothing was lost, or where labels tell the
quality; absent where nothing is estimated."""

QUALITY_LIMIT = Metric(HOMEOSTAT, "quality_limit")
"""Value of the watched metric at which its loss is the one that is allowed: the threshold, in the metric's own unit."""

MONITOR_FAILURES = Metric(HOMEOSTAT, "monitor_failures", unit="Count")
"""1 for each run of the monitor that failed or was stopped. Published by `lambdas/govern`, as are those below."""

SPEND = Metric(HOMEOSTAT, "month_spend_usd", ("Environment",))
"""What the environment has cost this month, as AWS Budgets knows it: up to a day old."""
FROZEN = Metric(HOMEOSTAT, "starts_frozen", ("Environment",))
"""1 while the platform starts no retraining for the whole environment, else 0."""

QUOTA_DIMENSIONS = ("Environment", "Quota")
QUOTA_LIMIT = Metric(HOMEOSTAT, "quota_limit", QUOTA_DIMENSIONS, unit="Count")
QUOTA_WANTED = Metric(HOMEOSTAT, "quota_wanted", QUOTA_DIMENSIONS, unit="Count")
QUOTA_USED = Metric(HOMEOSTAT, "quota_used", QUOTA_DIMENSIONS, unit="Count")
"""Most at one time within the last hour, by the account as a whole; absent where AWS does not count it."""
QUOTA_USED_PERCENT = Metric(HOMEOSTAT, "quota_used_percent", QUOTA_DIMENSIONS, unit="Percent")
"""Of the limit; absent where that is 0."""
