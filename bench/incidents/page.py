"""docs/incidents.md, from what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from bench.incidents.catalogue import INCIDENTS
from bench.incidents.measure import MANY, MONITORS, NUMBERS, TRIALS, WITH_BIAS, Seen
from bench.incidents.world import TRAINED, TREES
from core.contracts.policy import WatchPolicy

POLICY = WatchPolicy()
HEAD = f"""\
# Incidents, and which monitor sees them

Written by `python -m bench.incidents`, which simulates a world (ten features; the label follows from eight of them, two
through their product, two by their sum), trains a model of {TREES} trees on {TRAINED:,} rows, makes its baseline as the
training pipeline does, and runs the monitor, at its default policy, over windows in which something happens. Thresholds
of the default policy: distances {POLICY.drift_threshold:g}, attributions {POLICY.attribution_threshold:g}, answers
{POLICY.prediction_threshold:g} (all less what chance gives samples of this size), loss of quality
{POLICY.quality_drop:g}, lower bound of the domain classifier's AUC {POLICY.multivariate_threshold:g}.
"""
BLIND = """
What no monitor sees without labels: concept drift, a join bug among independent columns, a sign bug of a symmetric
feature. The diagnosis names them as blind spots for as long as no labels arrive, and a release is gated on labels.
"""


def page(
    incidents: Mapping[str, Sequence[Seen]],
    healthy: Mapping[int, Sequence[Seen]],
    smallest: Mapping[int, Mapping[str, float | None]],
) -> str:
    return "\n".join((HEAD, _incidents(incidents), _numbers(incidents), BLIND, _healthy(healthy), _smallest(smallest)))


def _incidents(found: Mapping[str, Sequence[Seen]]) -> str:
    what = "".join(f"- **{each.name}**: {each.what}\n" for each in INCIDENTS)
    rows = [
        (
            name,
            *(_of(sum(monitor in each.monitors for each in windows)) for monitor in MONITORS),
            _common(each.unlabelled for each in windows),
            _common(each.labelled for each in windows),
        )
        for name, windows in found.items()
    ]
    table = _table(("incident", *MONITORS, "without labels", "with labels"), rows)
    says = (
        f"Of {TRIALS} windows of {MANY:,} rows, in how many a monitor saw it (blank: none), and the verdict that most\n"
        "of them got, with the kind of drift that it names. `checks` are the constraints of the data, `recent` is drift"
        "\nfrom the window before; quality and bias are seen with labels only.\n"
    )
    return f"## What happened, and who saw it\n\n{what}\n{says}\n{table}"


def _numbers(found: Mapping[str, Sequence[Seen]]) -> str:
    heads = (
        "incident",
        "largest distance",
        "largest change of a share of attributions",
        "nDCG",
        "largest distance of attributions",
        "distance of answers",
        "AUC",
        "accuracy",
    )
    rows = [
        (name, *(f"{fmean(each.numbers[at] for each in windows):.3f}" for at in range(len(NUMBERS))))
        for name, windows in found.items()
    ]
    return f"## The numbers behind\n\nMeans over the same windows.\n\n{_table(heads, rows)}"


def _healthy(found: Mapping[int, Sequence[Seen]]) -> str:
    rows = []
    for size, windows in found.items():
        false = [_false(monitor, windows) for monitor in MONITORS]
        wrong = [str(sum(not told.startswith("HEALTHY") for told in verdicts)) for verdicts in _verdicts(windows)]
        rows.append((f"{size:,}", f"{len(windows):,}", *false, *wrong))
    heads = ("rows of a window", "windows", *MONITORS, "verdict without labels", "verdict with labels")
    says = "Windows as in training: in how many a monitor saw something, or the verdict was not HEALTHY.\n"
    told = Counter(each.labelled for windows in found.values() for each in windows)
    others = ", ".join(
        f"{verdict} {count}" for verdict, count in told.most_common() if not verdict.startswith("HEALTHY")
    )
    return f"## False positives\n\n{says}\n{_table(heads, rows)}\nVerdicts that were not HEALTHY: {others or 'none'}.\n"


def _false(monitor: str, windows: Sequence[Seen]) -> str:
    looked = windows[:WITH_BIAS] if monitor == "bias" else windows
    count = sum(monitor in each.monitors for each in looked)
    return f"{count} of {len(looked)}" if monitor == "bias" else str(count)


def _verdicts(windows: Sequence[Seen]) -> tuple[list[str], list[str]]:
    return [each.unlabelled for each in windows], [each.labelled for each in windows]


def _smallest(found: Mapping[int, Mapping[str, float | None]]) -> str:
    monitors = [monitor for monitor in MONITORS if all(monitor in each for each in found.values())]
    rows = [
        (f"{size:,}", *("-" if each[monitor] is None else f"{each[monitor]:g}" for monitor in monitors))
        for size, each in found.items()
    ]
    says = (
        f"The smallest shift of a feature that the model uses, in standard deviations, that a monitor sees in nine of\n"
        f"{TRIALS} windows; - where it sees none up to 1.5.\n"
    )
    return f"## Smallest detectable shift\n\n{says}\n{_table(('rows of a window', *monitors), rows)}"


def _of(count: int) -> str:
    return str(count) if count else ""


def _common(verdicts: Iterable[str]) -> str:
    ((verdict, count),) = Counter(verdicts).most_common(1)
    return f"{verdict} {count}/{TRIALS}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n{body}"
