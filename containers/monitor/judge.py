"""The monitor's meaning: a window's requests and labels in, what they prove out. No AWS, no file, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from containers.attributions import attributions
from containers.flipped import flip_tests
from containers.model import TrainedModel
from containers.monitor import bias, dimensions, gaps, recent
from containers.monitor.answered import confidence_drift, expected, prediction_drift
from containers.monitor.bias import SEED, Baselines, Compared, FacetBias, assess_bias, bias_reports, tallies
from containers.monitor.capture import Span, batches
from containers.monitor.constraints import applied
from containers.monitor.estimated import estimated
from containers.monitor.labels import join_labels
from containers.monitor.measured import constraint, lost, measure
from containers.monitor.multivariate import tell_apart, tell_vectors_apart
from containers.monitor.rates import facet_rates, mean_rates
from containers.monitor.recent import Counted
from containers.monitor.segments import segment_reports
from containers.monitor.window import Reading, Window, summarize
from core.attribution.summary import ndcg
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.problem import MULTICLASS, REGRESSION
from core.contracts.release import Release
from core.contracts.reports import (
    ATTRIBUTION_DRIFT,
    LEAST_NDCG,
    FeatureReport,
    MonitorReport,
    Violation,
    Windows,
)
from core.diagnosis import Diagnosis, diagnose
from core.fairness.fairlearn import Told
from core.statistics import managed
from core.statistics.attribution_groups import compare_groups
from core.statistics.baseline import Baseline
from core.statistics.checks import feature_violations, request_violations
from core.statistics.distances import Floats
from core.statistics.sample import Sample
from core.statistics.wholes import Now, compare_all


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, and against what."""

    schedule: str
    """Name of the schedule that the metrics carry."""
    policy: WatchPolicy
    release: Release
    model: TrainedModel
    baseline: Baseline
    constraints: dict[str, Any]
    """Content of the baseline's constraints.json."""
    evaluation: Evaluation
    bias: Baselines
    """Bias of the training set."""
    recent: tuple[Counted, ...]
    """Windows that were counted before, oldest first."""
    reported: frozenset[datetime] | None = None
    """Ends of the windows before that have a report; None where that says nothing."""
    disparities: Mapping[str, Told] = field(default_factory=dict)
    """Between groups of the training set, by facet; empty where its analysis does not tell them."""

    @property
    def reading(self) -> Reading:
        signature = self.model.signature
        return Reading(
            self.baseline,
            self.policy,
            signature.threshold,
            signature.sensitive,
            signature.target,
            signature.positive,
            () if signature.plain else signature.features,
        )

    def span(self, start: datetime, end: datetime) -> Span:
        """Answers count from the release on."""
        return Span(start, end, since=datetime.fromisoformat(self.release.released_at))

    def windows(self, start: datetime, end: datetime) -> Windows | None:
        """Which of those before [start, end) have a report."""
        if self.reported is None:
            return None
        return gaps.windows(self.reported, start, end, self.policy, datetime.fromisoformat(self.release.released_at))


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that one run has to say."""

    report: MonitorReport
    diagnosis: Diagnosis
    statistics: dict[str, Any]
    constraints: dict[str, Any]
    """As they were applied: the baseline's, with the policy's threshold of drift."""
    attributions: dict[str, float]
    """Mean absolute attribution of each feature (`containers.attributions`); empty where no row was explained."""
    expected: float | None
    """Log-odds, or score, of a row of which nothing is known: what attributions add to. None where no row was
    explained, and where each class has its own."""
    quality: dict[str, float]
    """All metrics of the model on labelled rows; empty where there are not enough of them."""
    enough: bool
    """Whether the window holds enough rows to prove anything, and `seen_enough` whether enough was seen of it, read
    or not, to tell that requests are malformed."""
    seen_enough: bool
    partial: bool
    """Whether the window held more requests than are read."""
    facets: tuple[FacetBias, ...]
    counted: Counted
    """For the windows that come."""
    explained: Sample
    """Rows of the window, and `attributed` what was made of them: [rows, features]."""
    attributed: Floats
    positive: str = "1"
    """Labels that fairness counts as good, as Clarify writes them."""
    unreadable_labels: int = 0
    """Lines of labels that could not be read."""


def judge(
    watched: Watched, start: datetime, end: datetime, requests: Iterable[bytes], truth: Iterable[bytes]
) -> Judgement:
    """Read the window [start, end) once, then compare it with the baseline."""
    reading = watched.reading
    window = summarize(
        batches(
            requests, watched.span(start, end), len(reading.columns), target=reading.target, features=reading.given
        ),
        reading,
    )
    return judged(watched, start, end, window, truth)


def judged(watched: Watched, start: datetime, end: datetime, window: Window, truth: Iterable[bytes]) -> Judgement:
    """Compare what was read of the window [start, end) with the baseline."""
    policy, baseline, reading = watched.policy, watched.baseline, watched.reading
    target = reading.target
    labelled = join_labels(window.answered, truth, target)
    attributed = attributions(watched.model, window.explained.rows, baseline.explaining)
    before = recent.before(
        list(watched.recent), start, watched.release.package_arn, start - policy.recent_windows * (end - start)
    )
    vectors = tell_vectors_apart(baseline, window.explained.rows, policy.minimum_rows)
    lately = recent.attributions_together(before)
    now = Now(window.columns, recent.together(before), vectors, lately)
    features = compare_all(baseline, now, attributed, policy)
    enough, known = _enough(window.shape.rows, policy), len(labelled.labels) >= policy.minimum_labels
    quality = measure(labelled, reading)
    told = quality.report(policy.quality_metric, watched.evaluation) if known else None
    flips = flip_tests(watched.model, baseline, window.explained.rows, SEED) if enough else {}
    compared = Compared(watched.bias, flips, recent.tallies_together(before))
    facets = assess_bias(window, labelled, reading, compared, enough, known)
    unlike = dimensions.unlike(window, reading)
    kinds = dimensions.data_quality(window, reading, unlike)
    order = _order(features) if len(attributed) else None
    violations = (
        *_violations(watched, window, features),
        *(dimensions.violations(window, reading, kinds, unlike) if enough else ()),
        *bias.violations(facets),
        *_reordered(watched, order if enough else None),
    )
    together = tell_apart(baseline.sample, window.explained.rows, policy.minimum_rows)
    report = MonitorReport(
        endpoint=watched.release.endpoint,
        schedule=watched.schedule,
        package_arn=watched.release.package_arn,
        start=start.astimezone(UTC).isoformat(),
        end=end.astimezone(UTC).isoformat(),
        rows=window.shape.rows,
        unreadable=window.shape.unreadable,
        features=features,
        groups=compare_groups(baseline, attributed, lately),
        prediction_drift=prediction_drift(baseline, window),
        confidence_drift=confidence_drift(watched.model, baseline, window.explained.rows, policy.minimum_rows),
        quality=told,
        labels=len(labelled.labels),
        violations=(*violations, *lost(told, policy)),
        recent_windows=len(before),
        data_quality=kinds,
        outliers=unlike.outliers,
        anomalies=unlike.anomalies,
        windows=watched.windows(start, end),
        multivariate=together,
        ndcg=order,
        segments=segment_reports(labelled, reading, watched.evaluation) if known else (),
        bias=bias_reports(facets, watched.bias),
        rates=facet_rates(facets, watched.disparities, policy.minimum_labels)
        if target.problem != REGRESSION
        else mean_rates(window, labelled, reading, watched.disparities, enough),
        estimated=estimated(
            watched.model, baseline, policy, watched.evaluation, window.explained.rows, together, violations
        ),
        problem=target.problem,
        confusion=quality.matrix if known and target.problem == MULTICLASS else (),
    )
    return Judgement(
        report=report,
        diagnosis=diagnose(report, policy),
        statistics=managed.statistics(window.columns, window.shape.rows, baseline.vector_columns)
        | (quality.block(target) if known else {}),
        constraints=applied(watched.constraints, policy) | constraint(target, policy, watched.evaluation),
        attributions=_means(baseline, attributed),
        expected=expected(watched.model, window.explained.rows, attributed, baseline.explaining),
        quality=quality.metrics if known else {},
        enough=enough,
        seen_enough=_enough(window.shape.seen, policy),
        partial=window.shape.partial,
        facets=facets,
        counted=replace(
            recent.counted(window, baseline, watched.release.package_arn, end, attributed), tallies=tallies(facets)
        ),
        explained=window.explained,
        attributed=attributed,
        positive=",".join(map(str, reading.positive)),
        unreadable_labels=labelled.unreadable,
    )


def _order(features: tuple[FeatureReport, ...]) -> float:
    """nDCG of the order of importance."""
    before, now = [feature.baseline_share for feature in features], [feature.attribution_share for feature in features]
    return ndcg(np.array(before), np.array(now))


def _reordered(watched: Watched, order: float | None) -> tuple[Violation, ...]:
    """As the managed explainability monitor says it."""
    if order is None or order >= LEAST_NDCG:
        return ()
    text = f"Feature attribution drift {order:.2f} exceeds threshold {LEAST_NDCG}"
    return (Violation(watched.model.signature.label, ATTRIBUTION_DRIFT, text),)


def _enough(rows: int, policy: WatchPolicy) -> bool:
    return rows >= policy.minimum_rows


def _violations(watched: Watched, window: Window, features: tuple[FeatureReport, ...]) -> tuple[Violation, ...]:
    """Those of the request are told on malformed rows too; those of features, on rows that could be read."""
    policy, constraints = watched.policy, applied(watched.constraints, watched.policy)
    found: tuple[Violation, ...] = ()
    if _enough(window.shape.seen, policy):
        found += request_violations(constraints, window.shape)
    if _enough(window.shape.rows, policy):
        loss = policy.completeness_threshold
        found += feature_violations(constraints, watched.baseline, window.columns, features, loss)
    return found


def _means(baseline: Baseline, attributed: Floats) -> dict[str, float]:
    if not len(attributed):
        return {}
    means = np.abs(attributed).mean(axis=0).tolist()
    return dict(zip((unit.name for unit in baseline.units), means, strict=True))
