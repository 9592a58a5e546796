"""A model's dashboard: what its monitor says, and how its endpoint does."""

from __future__ import annotations

from collections.abc import Iterator

from constructs import Construct

from core.config.model import Model
from core.contracts.aws_metrics import FAILED_REQUESTS, INVOCATIONS, LATENCY, REFUSED_REQUESTS
from core.contracts.batch_metrics import BATCH_FAILURES, BATCH_IDLE, of_batch
from core.contracts.metrics import (
    ATTRIBUTION_DRIFT,
    BIAS_DRIFT,
    BIAS_DRIFT_BY_LABELS,
    CONFIDENCE_DRIFT,
    DRIFT,
    ESTIMATED_DROP,
    MONITOR_FAILURES,
    PREDICTION_DRIFT,
    QUALITY_DROP,
    QUALITY_LIMIT,
    ROWS,
    VIOLATIONS,
    Metric,
    estimated_bound,
    estimated_quality,
    feature_drift,
    model_quality,
)
from core.contracts.problem import MULTICLASS
from core.contracts.signature import watched
from core.names import VARIANT
from infra import widgets
from infra.alarm_kinds import alarm_kinds
from infra.endpoint_alarms import SLOWEST_US, WORST_ERROR_SHARE
from infra.part import Part
from infra.tenant import Tenant
from infra.widgets import ORANGE, Line, Mark, Widget

MOST_FEATURES = 2000
"""A dashboard takes 2,500 lines, and has some others. (A text is told of by five names.)"""


class ModelDashboard(Part):
    """Where there is a threshold, it is drawn."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        self._model, self._of = model, self.names.model(model.name)
        kinds = [kind for kinds in alarm_kinds(model).values() for kind in kinds]
        arns = [self.arns.of("cloudwatch", f"alarm:{self._of.alarm(kind)}") for kind in kinds]
        states = widgets.alarm_states("Alarms", arns, width=24)
        widgets.dashboard(self, self._of.dashboard, [*states, *self._monitor(), *self._endpoint(), *self._batches()])

    def _monitor(self) -> Iterator[Widget]:
        watch, period_s = self._model.monitoring, self._model.monitoring.period_hours * 3600
        limit = [Mark(1, "limit")]
        moved = [DRIFT, ATTRIBUTION_DRIFT, QUALITY_DROP]
        yield self._graph("Drift and loss of quality", moved, period_s, [*limit, *self._near])
        yield from self._features(period_s, [Mark(watch.drift_threshold, "threshold")])
        told = [PREDICTION_DRIFT, *([CONFIDENCE_DRIFT] if self._model.problem == MULTICLASS else [])]
        yield self._graph("Drift of the answers", told, period_s, [Mark(watch.prediction_threshold, "threshold")])
        yield self._graph("Rows", [ROWS], period_s, [Mark(watch.minimum_rows, "fewer prove nothing")])
        troubles = [VIOLATIONS, MONITOR_FAILURES]
        yield self._graph("Violations of the baseline, failed runs", troubles, period_s, limit)

        yield from self._quality(period_s)
        if self._model.shows_bias:
            yield self._graph(
                "Bias metrics that moved away from parity", [BIAS_DRIFT, BIAS_DRIFT_BY_LABELS], period_s, limit
            )

    def _features(self, period_s: int, marks: list[Mark]) -> Iterator[Widget]:
        """A wide model has many graphs of them; they are most of what its dashboard holds."""
        metrics = [feature_drift(name) for feature in self._model.signature.features for name in watched(feature)]
        title, drawn = "Drift of each feature", metrics[:MOST_FEATURES]
        if len(drawn) < len(metrics):
            title += f", {len(drawn):,} of {len(metrics):,}: the monitor's report holds all"
        yield from map(widgets.shortened, self._graphs(title, drawn, period_s, marks))

    def _quality(self, period_s: int) -> Iterator[Widget]:
        """By labels and without them. Where the limit lies is known when a model is released: it is a line, no mark."""
        metric = self._model.quality_metric
        lines = [
            model_quality(metric),
            estimated_quality(metric),
            estimated_bound(metric, "low"),
            estimated_bound(metric, "high"),
            QUALITY_LIMIT,
        ]
        yield self._graph(f"Quality ({metric}): by labels, estimated without them, limit", lines, period_s, [])
        title = "Estimated loss of quality, without labels: blind to a changed relation of inputs to label"
        yield self._graph(title, [ESTIMATED_DROP], period_s, [Mark(1, "allowed")])

    @property
    def _near(self) -> list[Mark]:
        warn_at = self._model.monitoring.warn_at
        return [] if warn_at is None else [Mark(warn_at, "warning", ORANGE)]

    def _endpoint(self) -> Iterator[Widget]:
        requests = [INVOCATIONS, REFUSED_REQUESTS, FAILED_REQUESTS]
        yield self._requests("Requests", requests, "Sum")
        share = [Mark(WORST_ERROR_SHARE, "rolls a release back")]
        yield self._requests("Share of failed requests", [FAILED_REQUESTS], "Average", share)
        slow = [Mark(SLOWEST_US, "rolls a release back")]
        yield self._requests("Latency, microseconds (90 of 100)", [LATENCY], "p90", slow)

    def _batches(self) -> Iterator[Widget]:
        if self._model.batch is None:
            return
        period_s, values = self._model.batch.every_hours * 3600, {"MonitoringSchedule": self._of.batch}
        moved = [*map(of_batch, (DRIFT, ATTRIBUTION_DRIFT, QUALITY_DROP, VIOLATIONS))]
        limit, rows, told = [Mark(1, "limit")], [of_batch(ROWS)], [BATCH_FAILURES, BATCH_IDLE]
        enough, silent = (
            [Mark(self._model.monitoring.minimum_rows, "fewer prove nothing")],
            [Mark(1, "fewer is silence")],
        )
        for title, metrics, statistic, marks in (
            ("Batches: drift and loss of quality", moved, "Maximum", [*limit, *self._near]),
            ("Batches: rows", rows, "Maximum", enough),
            ("Batches that were watched, or had nothing to score", rows, "SampleCount", silent),
            ("Batches that failed, or had no rows", told, "Maximum", limit),
        ):
            lines = [widgets.line(metric, values) for metric in metrics]
            place = self.tenant.region
            yield widgets.graph(title, lines, region=place, statistic=statistic, period_s=period_s, marks=marks)

    def _graph(self, title: str, metrics: list[Metric], period_s: int, marks: list[Mark]) -> Widget:
        (graph,) = self._graphs(title, metrics, period_s, marks)
        return graph

    def _graphs(self, title: str, metrics: list[Metric], period_s: int, marks: list[Mark]) -> list[Widget]:
        values = {"Endpoint": self._of.endpoint, "MonitoringSchedule": self._of.monitor}
        lines: list[Line] = [widgets.line(metric, values) for metric in metrics]
        place = self.tenant.region
        return widgets.graphs(title, lines, region=place, statistic="Maximum", period_s=period_s, marks=marks)

    def _requests(self, title: str, metrics: list[Metric], statistic: str, marks: list[Mark] | None = None) -> Widget:
        values = {"EndpointName": self._of.endpoint, "VariantName": VARIANT}
        lines: list[Line] = [widgets.line(metric, values) for metric in metrics]
        place = self.tenant.region
        return widgets.graph(title, lines, region=place, statistic=statistic, period_s=60, marks=marks or [])
