"""How a model is watched: what the monitor compares with what, and how far apart that may be."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import FeatureName, Strict
from core.contracts.constraints import Edit
from core.contracts.explaining import Explaining as HowExplained
from core.contracts.explaining import Method
from core.contracts.fairness import Fairness as HowFair
from core.contracts.policy import CategoricalDistance, Freshness, NumericDistance, Rule, WatchPolicy

QualityMetric = Literal[
    "accuracy",
    "auc",
    "f1",
    "precision",
    "recall",
    "weighted_precision",
    "weighted_recall",
    "weighted_f0_5",
    "weighted_f1",
    "weighted_f2",
    "mae",
    "mse",
    "rmse",
    "r2",
]


class ConsistencyRule(Strict):
    """A comparison of two columns, or of a column and a number; a row where one is missing breaks no rule."""

    left: FeatureName = Field(description="A feature.", examples=["visits"])
    is_: Literal["<", "<=", "==", "!=", ">=", ">"] = Field(alias="is", description="How it compares.", examples=[">="])
    right: FeatureName | float = Field(description="Another feature, or a number.", examples=[0])


class ConstraintEdit(Strict):
    """Of one feature, by the names of `constraints.json`. What is left out stays as the training set suggests."""

    feature: FeatureName = Field(description="A feature.", examples=["region"])
    evaluate_constraints: bool = Field(True, description="False: nothing is checked of the feature.")
    completeness: float | None = Field(
        None, ge=0, le=1, description="Share of the rows that is expected to hold a value.", examples=[0.8]
    )
    is_non_negative: bool | None = Field(None, description="Of a numeric feature: whether no value is negative.")
    domains: tuple[str, ...] = Field(
        (), description="Codes that are known beside those of the training set.", examples=[["7"]]
    )
    datatype_check_threshold: float | None = Field(
        None, ge=0, le=1, description="Share of the values that may be of another type; 0.1 by default."
    )
    domain_content_threshold: float | None = Field(
        None, ge=0, le=1, description="Share of the values that may be of unknown categories; 0.1 by default."
    )

    def told(self) -> Edit:
        return Edit(**self.model_dump(exclude={"feature"}))


class FreshnessLimit(Strict):
    """Age of what a row tells, when its request comes."""

    feature: FeatureName = Field(
        description="Numeric feature with the row's own time in seconds since 1970.", examples=["seen"]
    )
    hours: float = Field(
        ge=0.1,
        description="An older row is late. 32 bits hold times in steps of two minutes: 0.1 is the least.",
        examples=[24],
    )


class Explaining(Strict):
    """How the model's answers are shared out among its features (docs/attributions.md). What concerns the baseline
    counts from the next training on."""

    rows: int = Field(
        2000,
        ge=100,
        le=20_000,
        description="Rows of a window that are explained, drawn at random; classifiers and estimates learn from the "
        "same rows. From 2,000 rows a feature's importance is known within 5 %.",
    )
    by: Method = Field(
        "permutation",
        description="How a model is explained that is neither of trees nor of torch: those have exact methods of "
        "their own.",
    )
    of_class: int | None = Field(
        None,
        ge=0,
        description="Class that every row is explained for; left out: the class that the model answers to the row.",
        examples=[2],
        json_schema_extra={"only_with": "problem: multiclass"},
    )
    groups: dict[FeatureName, Annotated[tuple[FeatureName, ...], Field(min_length=2)]] = Field(
        default_factory=dict,
        description="Features whose attributions are told together as well, summed row by row.",
        examples=[{"habits": ["visits", "seen"]}],
    )

    def told(self) -> HowExplained:
        return HowExplained(self.by, self.of_class, self.groups)


class Fairness(Strict):
    """Whom fairness compares, besides the groups of each sensitive feature alone (docs/fairness.md). Counts from the
    next training on."""

    intersections: Annotated[
        tuple[Annotated[tuple[FeatureName, ...], Field(min_length=2, max_length=3)], ...], Field(max_length=5)
    ] = Field(
        (),
        description="Sensitive features whose groups are told apart together as well: two or three each. The 20 most "
        "frequent combinations of the training set are groups of their own, all others are `other`.",
        examples=[[["sex", "region"]]],
    )
    conditional_on: FeatureName | None = Field(
        None,
        description="Feature by whose groups conditional demographic disparity (CDDL, CDDPL) is summed, as the "
        "department that people apply to; left out: all rows are one group.",
        examples=["plan"],
    )

    def told(self) -> HowFair:
        return HowFair(self.intersections, self.conditional_on or "")


class Monitoring(Strict):
    """How the model is watched. Distances lie between 0 and 1."""

    engine: Literal["own", "managed"] = Field(
        "own",
        description="What starts the monitor: the platform's own schedule, or, in accounts that still have Model "
        "Monitor, four of SageMaker's once the endpoint is in service (docs/managed-monitors.md).",
    )
    workers: int = Field(
        1,
        ge=1,
        le=20,
        description="Instances of the monitor's job. More than one read a window together, on Spark; one alone reads "
        "at most `most_requests` of a window (docs/operations.md).",
    )
    most_requests: int = Field(
        20_000_000,
        ge=10_000,
        le=200_000_000,
        description="Requests of a window that one instance reads; of a larger one it says that it did not read all. "
        "They bound its memory: 600 MB, and 20 MB for each million. Several instances read all of a window.",
    )
    period_hours: int = Field(1, ge=1, le=24, description="Length of a window, and time between two runs.")
    minimum_rows: int = Field(100, ge=10, description="A window with fewer rows proves nothing.")
    minimum_labels: int = Field(50, ge=10, description="Quality is not judged on fewer labels.")
    labels_within_hours: int = Field(
        0,
        ge=0,
        le=336,
        description="Labels count that are collected up to so long after a window's end; each run of the monitor then "
        "looks at two windows: at its own, and at the quality of the one that ended so long ago. 0: a window's quality "
        "is judged at its end.",
        examples=[48],
    )
    drift_threshold: float = Field(0.2, gt=0, description="Distance of one feature from the training set.")
    thresholds: dict[FeatureName, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="Distance of single features, in place of `drift_threshold` and of what is edited in "
        "`constraints.json`.",
        examples=[{"age": 0.1}],
    )
    numeric_distance: NumericDistance = Field(
        "kolmogorov_smirnov",
        description="How the drift of numbers is measured. Population stability and Wasserstein (in standard "
        "deviations) have no largest value.",
    )
    categorical_distance: CategoricalDistance = Field(
        "l_infinity", description="How the drift of categories is measured."
    )
    prediction_threshold: float = Field(0.2, gt=0, lt=1, description="Distance of the model's answers.")
    robust: bool = Field(
        True,
        description="Take off what chance gives samples of this size. As they are, population stability, "
        "Jensen-Shannon and Wasserstein distances need windows of thousands of rows (docs/data-quality.md).",
    )
    multivariate_threshold: float = Field(
        0.55,
        ge=0.5,
        lt=1,
        description="How sure a classifier of all features together must tell a window's rows from the training set's: "
        "lower bound of its AUC; 0.5 is chance.",
    )
    recent_windows: int = Field(
        24, ge=0, le=168, description="Windows before this one that it is compared with as well; 0 for none."
    )
    rules: tuple[ConsistencyRule, ...] = Field((), description="What must hold between two columns of every row.")
    constraints: tuple[ConstraintEdit, ...] = Field(
        (), description="What is expected of single features, in place of what the training set suggests."
    )
    freshness: FreshnessLimit | None = Field(None, description="How old what a row tells may be.")
    duplicates: float = Field(1.0, ge=0, le=1, description="Allowed share of rows that were sent before in the window.")
    segments: tuple[FeatureName, ...] = Field(
        (), description="Categorical features by whose values quality is judged as well.", examples=[["region"]]
    )
    bias_tolerance: float = Field(
        0.05, ge=0, description="Allowed move of a bias metric of the sensitive features away from parity."
    )
    fairness: Fairness = Field(default_factory=Fairness, description="Whom fairness compares.")
    attribution_threshold: float = Field(0.2, gt=0, lt=1, description="Distance of a feature's attributions.")
    attribution_share: float = Field(
        0.05, ge=0, lt=1, description="A feature matters from this share of the attributions on."
    )
    explaining: Explaining = Field(default_factory=Explaining, description="How answers are explained.")
    completeness_threshold: float = Field(0.05, gt=0, lt=1, description="Allowed loss of a feature's completeness.")
    quality_metric: QualityMetric | None = Field(
        None,
        description="What is watched where labels arrive. Binary: accuracy (the default), auc, f1, precision, recall; "
        "multiclass: accuracy (the default) and the weighted ones; regression: rmse (the default), mae, mse, r2.",
        examples=["accuracy"],
    )
    quality_drop: float = Field(
        0.1,
        ge=0.001,
        lt=1,
        description="Allowed loss of it against the baseline, as 0.1 of an accuracy of 0.9 to 0.8; of an error (mae, "
        "mse, rmse), allowed growth as a share of the baseline, as 0.1 from 20 to 22. Of two classes' accuracy and auc "
        "it is below 0.5: what lost more is worse than chance.",
    )
    estimate_alarm: bool = Field(
        False,
        description="An alarm on the loss that is estimated without labels (docs/estimates.md). It asks for labels; it "
        "starts nothing unless `retraining.responses` says so of `ESTIMATED_LOSS`.",
    )
    warn_at: float | None = Field(
        None,
        ge=0.1,
        lt=1,
        description="Share of a limit from which on the team is told that drift, attribution drift or a loss of "
        "quality comes near, each by an alarm of its own; remediation hears of the limit alone. Left out: nobody is "
        "told before.",
        examples=[0.75],
    )
    alarm_periods: int = Field(2, ge=2, le=24, description="Windows that an alarm looks at.")
    alarm_datapoints: int = Field(2, ge=2, le=24, description="Windows of those that must breach.")

    def policy(self, quality_metric: str) -> WatchPolicy:
        """What the monitor and its alarms need to know; `quality_metric` is what is watched where labels arrive."""
        freshness = self.freshness
        return WatchPolicy(
            period_s=self.period_hours * 3600,
            most_requests=self.most_requests,
            minimum_rows=self.minimum_rows,
            minimum_labels=self.minimum_labels,
            labels_s=self.labels_within_hours * 3600,
            drift_threshold=self.drift_threshold,
            thresholds=self.thresholds,
            numeric_distance=self.numeric_distance,
            categorical_distance=self.categorical_distance,
            prediction_threshold=self.prediction_threshold,
            robust=self.robust,
            multivariate_threshold=self.multivariate_threshold,
            recent_windows=self.recent_windows,
            rules=tuple(Rule(rule.left, rule.is_, rule.right) for rule in self.rules),
            constraints={edit.feature: edit.told() for edit in self.constraints},
            freshness=Freshness(freshness.feature, freshness.hours) if freshness else None,
            duplicates=self.duplicates,
            segments=self.segments,
            bias_tolerance=self.bias_tolerance,
            fairness=self.fairness.told(),
            attribution_threshold=self.attribution_threshold,
            attribution_share=self.attribution_share,
            explained_rows=self.explaining.rows,
            explaining=self.explaining.told(),
            completeness_threshold=self.completeness_threshold,
            quality_metric=quality_metric,
            quality_drop=self.quality_drop,
            alarm_periods=self.alarm_periods,
            alarm_datapoints=self.alarm_datapoints,
        )
