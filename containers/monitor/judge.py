"""The monitor's meaning: a window's requests and labels in, what they prove out. No AWS, no file, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from containers.attributions import attributions, expected, means
from containers.flipped import flip_tests
from containers.monitor import bias, dimensions, recent
from containers.monitor.answered import answerable, confidence_drift, prediction_drift
from containers.monitor.bias import SEED, Compared, FacetBias, assess_bias, bias_reports, tallies
from containers.monitor.capture import batches
from containers.monitor.constraints import applied
from containers.monitor.estimated import estimated
from containers.monitor.judgement import Judgement
from containers.monitor.labels import Labelled, join_labels
from containers.monitor.measured import Measured, constraint, lost, measure
from containers.monitor.multivariate import tell_apart, tell_vectors_apart
from containers.monitor.rates import facet_rates, mean_rates
from containers.monitor.recent import Counted
from containers.monitor.segments import lost_in, segment_reports
from containers.monitor.violated import order_of_importance, reordered, violated
from containers.monitor.watched import Watched
from containers.monitor.window import Window, summarize
from core.contracts.problem import MULTICLASS, REGRESSION
from core.contracts.reports import (
    FacetRates,
    FeatureReport,
    MonitorReport,
    Multivariate,
    QualityReport,
    SegmentReport,
    Violation,
)
from core.diagnosis import diagnose
from core.statistics import managed
from core.statistics.attribution_groups import compare_groups
from core.statistics.distances import Floats
from core.statistics.sample import Sample
from core.statistics.wholes import Now, compare_all


def judge(
    watched: Watched, start: datetime, end: datetime, requests: Iterable[bytes], truth: Iterable[bytes]
) -> Judgement:
    """Read the window [start, end) once, then compare it with the baseline."""
    reading = watched.reading
    span, width = watched.span(start, end), len(reading.columns)
    read = batches(requests, span, width, target=reading.target, features=reading.given)
    return judged(watched, start, end, summarize(read, reading), truth)


def judged(watched: Watched, start: datetime, end: datetime, window: Window, truth: Iterable[bytes]) -> Judgement:
    """Compare what was read of the window [start, end) with the baseline."""
    return _Compared(watched, start, end, window, join_labels(window.answered, truth, watched.reading.target)).judgement


@dataclass(frozen=True)
class _Compared:
    """A window beside its baseline: each finding is made when it is first asked for, and once."""

    watched: Watched
    start: datetime
    end: datetime
    window: Window
    labelled: Labelled

    @cached_property
    def judgement(self) -> Judgement:
        watched, window, policy = self.watched, self.window, self.watched.policy
        metrics = constraint(self.watched.reading.target, policy, watched.evaluation)
        return Judgement(
            report=self.report,
            diagnosis=diagnose(self.report, policy),
            statistics=managed.statistics(window.columns, window.shape.rows, watched.baseline.vector_columns)
            | (self.measured.block(watched.reading.target) if self.known else {}),
            constraints=applied(watched.constraints, policy) | metrics,
            attributions=self.means,
            expected=expected(watched.model, self.explained.rows, self.attributed, watched.baseline.explaining),
            quality=self.measured.metrics if self.known else {},
            enough=self.enough,
            seen_enough=window.shape.seen >= policy.minimum_rows,
            partial=window.shape.partial,
            facets=self.facets,
            counted=self.counted,
            explained=self.explained,
            attributed=self.attributed,
            positive=",".join(map(str, watched.reading.positive)),
            repeated=window.shape.repeated,
        )

    @cached_property
    def report(self) -> MonitorReport:
        watched, window, policy, baseline = self.watched, self.window, self.watched.policy, self.watched.baseline
        target, rows = watched.reading.target, self.explained.rows
        return MonitorReport(
            endpoint=watched.release.endpoint,
            schedule=watched.schedule,
            package_arn=watched.release.package_arn,
            start=self.start.astimezone(UTC).isoformat(),
            end=self.end.astimezone(UTC).isoformat(),
            rows=window.shape.rows,
            unreadable=window.shape.unreadable,
            partial=window.shape.partial,
            features=self.features,
            groups=compare_groups(baseline, self.attributed, recent.attributions_together(self.before)),
            prediction_drift=prediction_drift(baseline, window),
            confidence_drift=confidence_drift(watched.model, baseline, rows, policy.minimum_rows),
            quality=self.quality,
            unjudged=self.measured.refused(policy.quality_metric) if self.known else "",
            labels=len(self.labelled.labels),
            label_lines=self.labelled.lines,
            answered=int(window.predictions.total),
            violations=(*self.violations, *lost(self.quality, policy), *lost_in(self.segments, policy)),
            recent_windows=len(self.before),
            data_quality=dimensions.data_quality(window, watched.reading, self.unlike),
            outliers=self.unlike.outliers,
            anomalies=self.unlike.anomalies,
            windows=watched.windows,
            multivariate=self.together,
            ndcg=self.order,
            segments=self.segments,
            bias=bias_reports(self.facets, watched.bias),
            rates=self.rates,
            estimated=estimated(
                watched.model, baseline, policy, watched.evaluation, rows, self.together, self.violations
            ),
            problem=target.problem,
            confusion=self.measured.matrix if self.known and target.problem == MULTICLASS else (),
            unchecked=watched.unchecked,
        )

    @property
    def enough(self) -> bool:
        """Rows to prove anything of the inputs; `known`: labels, of the quality."""
        return self.window.shape.rows >= self.watched.policy.minimum_rows

    @property
    def known(self) -> bool:
        return len(self.labelled.labels) >= self.watched.policy.minimum_labels

    @cached_property
    def segments(self) -> tuple[SegmentReport, ...]:
        watched = self.watched
        return segment_reports(self.labelled, watched.reading, watched.model, watched.evaluation) if self.known else ()

    @cached_property
    def explained(self) -> Sample:
        return answerable(self.watched.model, self.window.explained)

    @cached_property
    def attributed(self) -> Floats:
        return attributions(self.watched.model, self.explained.rows, self.watched.baseline.explaining)

    @property
    def means(self) -> dict[str, float]:
        """Mean absolute attribution of each feature; empty where no row was explained."""
        return means(self.attributed, [unit.name for unit in self.watched.baseline.units])

    @cached_property
    def before(self) -> list[Counted]:
        """Windows that this one is compared with as well."""
        watched, length = self.watched, self.end - self.start
        oldest = self.start - watched.policy.recent_windows * length
        return recent.before(list(watched.recent), self.start, watched.release.package_arn, oldest)

    @cached_property
    def features(self) -> tuple[FeatureReport, ...]:
        watched, window = self.watched, self.window
        vectors = tell_vectors_apart(watched.baseline, window.explained.rows, watched.policy.minimum_rows)
        lately = recent.attributions_together(self.before)
        now = Now(window.columns, recent.together(self.before), vectors, lately)
        return compare_all(watched.baseline, now, self.attributed, watched.policy)

    @property
    def order(self) -> float | None:
        return order_of_importance(self.features) if len(self.attributed) else None

    @cached_property
    def together(self) -> Multivariate | None:
        """All features at once, against the training set's."""
        return tell_apart(self.watched.baseline.sample, self.window.explained.rows, self.watched.policy.minimum_rows)

    @cached_property
    def measured(self) -> Measured:
        return measure(self.labelled, self.watched.reading)

    @property
    def quality(self) -> QualityReport | None:
        if not self.known:
            return None
        return self.measured.report(self.watched.policy.quality_metric, self.watched.evaluation)

    @cached_property
    def facets(self) -> tuple[FacetBias, ...]:
        watched = self.watched
        rows = self.explained.rows
        flips = flip_tests(watched.model, watched.baseline, rows, SEED) if self.enough else {}
        compared = Compared(watched.bias, flips, recent.tallies_together(self.before))
        return assess_bias(self.window, self.labelled, watched.reading, compared, self.enough, self.known)

    @property
    def rates(self) -> tuple[FacetRates, ...]:
        reading, before = self.watched.reading, self.watched.disparities
        if reading.target.problem == REGRESSION:
            return mean_rates(self.window, self.labelled, reading, before, self.enough)
        return facet_rates(self.facets, before, self.watched.policy.minimum_labels)

    @cached_property
    def unlike(self) -> dimensions.Unlike:
        return dimensions.unlike(self.window, self.watched.reading)

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        reading, window = self.watched.reading, self.window
        kinds = dimensions.data_quality(window, reading, self.unlike)
        return (
            *violated(self.watched, window, self.features),
            *(dimensions.violations(window, reading, kinds, self.unlike) if self.enough else ()),
            *bias.violations(self.facets),
            *reordered(self.watched.model.signature.label, self.order if self.enough else None),
        )

    @property
    def counted(self) -> Counted:
        """For the windows that come."""
        watched = self.watched
        own = recent.counted(self.window, watched.baseline, watched.release.package_arn, self.end, self.attributed)
        return replace(own, tallies=tallies(self.facets))
