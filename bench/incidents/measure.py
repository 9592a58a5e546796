"""Runs of the monitor over simulated windows: who saw what, and the verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

from bench.incidents.catalogue import INCIDENTS, shifted
from bench.incidents.world import WORLD, World, monitored, released
from containers import attributions
from containers.monitor.judgement import Judgement
from containers.monitor.watched import Watched
from core.contracts.reports import BIAS_DRIFT, FeatureReport, MonitorReport
from core.diagnosis import diagnose
from core.diagnosis.signs import read_signs, weight
from core.fairness.post_training import BY_ANSWERS

MONITORS = ("checks", "distribution", "recent", "attribution", "prediction", "multivariate", "quality", "bias")
"""As the page has them; `checks` are the constraints of the data, `recent` is drift from the window before."""
SIZES = (100, 300, 1000, 3000, 10_000)
SHIFTS = tuple(step / 10 for step in range(1, 16))
"""In standard deviations."""
TRIALS = 10
HEALTHY, WITH_BIAS = 1000, 200
"""Healthy windows; so many of them with the intervals of bias metrics, which take longer than everything else."""
MANY = 3000
"""Rows of a window with an incident."""
FIRST_SEED = 10_000
WORKERS = 4
Work = tuple[float, int, int]
"""Number of an incident or size of a shift, rows, seed."""


@dataclass(frozen=True)
class Seen:
    """One window. `numbers` are those that the monitors compare with their thresholds, by `NUMBERS`."""

    monitors: frozenset[str]
    unlabelled: str
    """Verdict and kind of drift, without labels."""
    labelled: str
    numbers: tuple[float, ...]


NUMBERS = ("distance", "share", "nDCG", "attributions", "answers", "AUC", "accuracy")


def incidents() -> dict[str, list[Seen]]:
    """Every incident, `TRIALS` windows of `MANY` rows each."""
    work = [(index, MANY, FIRST_SEED + trial) for index in range(len(INCIDENTS)) for trial in range(TRIALS)]
    found = iter(_parallel(_incident, work))
    return {incident.name: [next(found) for _ in range(TRIALS)] for incident in INCIDENTS}


def healthy(rows: int) -> list[Seen]:
    """The first `WITH_BIAS` of `HEALTHY` windows are looked at for bias, too."""
    work = [(0, rows, 2 * FIRST_SEED + window) for window in range(HEALTHY)]
    return _parallel(_incident, work[:WITH_BIAS]) + _parallel(_without_bias, work[WITH_BIAS:])


def smallest(rows: int) -> dict[str, float | None]:
    """The smallest of `SHIFTS` that a monitor sees in nine of ten windows; None where it sees none."""
    left = set(MONITORS) - {"checks", "quality", "bias"}
    found: dict[str, float | None] = dict.fromkeys(sorted(left))
    for shift in SHIFTS:
        seen = _parallel(_shift, [(shift, rows, 3 * FIRST_SEED + trial) for trial in range(TRIALS)])
        for monitor in sorted(left):
            if sum(monitor in each.monitors for each in seen) >= 0.9 * TRIALS:
                found[monitor] = shift
                left.discard(monitor)
        if not left:
            break
    return found


@cache
def _pool() -> ProcessPoolExecutor:
    """Each process keeps its world, and one thread: the windows are what is done side by side."""
    return ProcessPoolExecutor(WORKERS, initializer=_start)


def _start() -> None:
    """The compiled attributions, which tests hold to xgboost's, for small windows too: there are thousands of them."""
    os.environ["OMP_NUM_THREADS"] = "1"
    attributions.LARGE = 1


def _parallel(of: Callable[[Work], Seen], work: Sequence[Work]) -> list[Seen]:
    return list(_pool().map(of, work, chunksize=5))


def _incident(work: Work) -> Seen:
    index, rows, seed = work
    incident = INCIDENTS[int(index)]
    watched = released(incident.world)
    return seen(watched, monitored(watched, incident.window(rows, seed), _before(incident.world)))


def _without_bias(work: Work) -> Seen:
    _, rows, seed = work
    watched = _insensitive()
    return seen(watched, monitored(watched, WORLD.rows(rows, seed), _before(WORLD)))


@cache
def _insensitive() -> Watched:
    watched = released(WORLD)
    signature = replace(watched.model.signature, sensitive=())
    return replace(watched, model=replace(watched.model, signature=signature), bias={})


def _shift(work: Work) -> Seen:
    by, rows, seed = work
    watched = _insensitive()
    return seen(watched, monitored(watched, shifted(by)(rows, seed), _before(WORLD)))


@cache
def _before(world: World) -> Judgement:
    """A healthy window before."""
    return monitored(released(world), world.rows(MANY, 3))


def seen(watched: Watched, found: Judgement) -> Seen:
    report, policy = found.report, watched.policy
    signs = read_signs(report, policy)
    moved = {
        "checks": bool(signs.faults),
        "distribution": bool(signs.inputs),
        "recent": any((each.recent_drift or 0) >= each.threshold for each in report.features),
        "attribution": bool(signs.attributions),
        "prediction": signs.answers,
        "multivariate": signs.together,
        "quality": signs.quality == "fell",
        "bias": any(violation.check == BIAS_DRIFT for violation in report.violations),
    }
    blind = diagnose(_without_labels(report), policy)
    return Seen(
        frozenset(name for name, there in moved.items() if there),
        f"{blind.verdict} ({blind.drift})",
        f"{found.diagnosis.verdict} ({found.diagnosis.drift})",
        tuple(_numbers(report)),
    )


def _without_labels(report: MonitorReport) -> MonitorReport:
    """What it would say had none arrived: nothing of quality, and of bias what answers alone tell."""
    told = tuple(one for one in report.violations if one.check != BIAS_DRIFT or one.metric in BY_ANSWERS)
    return replace(report, quality=None, labels=0, label_lines=None, segments=(), violations=told)


def _numbers(report: MonitorReport) -> Iterator[float]:
    features = report.features
    yield _most(feature.distances.get("kolmogorov_smirnov", feature.drift) for feature in features)
    yield _most(abs(feature.attribution_share - feature.baseline_share) for feature in features)
    yield report.ndcg if report.ndcg is not None else float("nan")
    yield _most(feature.attribution_drift for feature in features if _matters(feature))
    yield report.prediction_drift
    yield report.multivariate.auc if report.multivariate else float("nan")
    yield report.quality.value if report.quality else float("nan")


def _matters(feature: FeatureReport) -> bool:
    return weight(feature) >= 0.05


def _most(numbers: Iterable[float]) -> float:
    return max(numbers, default=0.0)
