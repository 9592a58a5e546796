"""What a window can violate, by the names of the managed monitors."""

from __future__ import annotations

from dataclasses import dataclass

DATA_TYPE = "data_type_check"
COMPLETENESS = "completeness_check"
BASELINE_DRIFT = "baseline_drift_check"
MISSING_COLUMN = "missing_column_check"
EXTRA_COLUMN = "extra_column_check"
CATEGORICAL_VALUES = "categorical_values_check"
"""The checks of the managed monitor (`constraint_check_type`)."""
NON_NEGATIVE = "non_negative_check"
"""Of the constraint `is_non_negative`, for which the managed monitor's guide names no check."""
CONSISTENCY = "consistency_check"
FRESHNESS = "timeliness_check"
DUPLICATES = "duplicate_rows_check"
"""Checks that the managed monitor has not: rules between columns, age of what rows tell, rows sent again."""
OUTLIERS = "outlier_check"
ANOMALIES = "anomaly_check"
"""Numbers far out of the training set's, rows that are like none of it: errors, or a new kind of case."""
BIAS_DRIFT = "bias_drift_check"
ATTRIBUTION_DRIFT = "feature_attribution_drift_check"
"""The checks of the managed bias and explainability monitors; of the latter, the nDCG of the order of importance."""
BELOW, ABOVE = "LessThanThreshold", "GreaterThanThreshold"
"""The checks of the managed model-quality monitor: a metric of which more is better, and an error. The violation's
feature is the metric."""
UNLIKE_TRAINING = frozenset({OUTLIERS, ANOMALIES})
MERE_DRIFT = frozenset({BASELINE_DRIFT, BIAS_DRIFT, ATTRIBUTION_DRIFT, BELOW, ABOVE}) | UNLIKE_TRAINING
"""Not faults of the data: something moved."""
LEAST_NDCG = 0.9
"""The managed monitor's threshold."""
VIOLATED = "CompletedWithViolations"
"""So begins the exit message of a run that found violations, by the managed contract."""


@dataclass(frozen=True, slots=True)
class Violation:
    """As in the managed file: `check` is `constraint_check_type`."""

    feature: str
    check: str
    description: str
    metric: str = ""
    """Of bias, the metric that drifted, and `group` the one that it is about; empty of every other check."""
    group: str = ""

    def entry(self) -> dict[str, str]:
        """As the managed monitors name the fields in their files of violations; a violation of quality is one of a
        metric.

        >>> Violation("sex", BIAS_DRIFT, "farther", "DPPL", "1").entry()["facet_value"]
        '1'
        """
        if self.check == BIAS_DRIFT:
            about = {"facet": self.feature, "facet_value": self.group, "metric_name": self.metric}
        else:
            about = {"metric_name" if self.check in (BELOW, ABOVE) else "feature_name": self.feature}
        return {**about, "constraint_check_type": self.check, "description": self.description}
