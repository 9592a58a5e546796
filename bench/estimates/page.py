"""docs/estimates.md, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from bench.estimates.measure import SIZES, TRIALS, Met, Refused, share
from bench.estimates.worlds import MODELS, SHIFTS, TRAINED, WORLDS
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION
from core.statistics import losses
from core.statistics.calibration import LEAST_OF_A_CLASS, LEAST_ROWS
from core.statistics.held import LEAST_WORTH, MOST
from core.statistics.support import LARGEST_AUC, LARGEST_ERROR, LARGEST_OUTSIDE

SHOWN = {
    BINARY: ("accuracy", "precision", "recall", "auc"),
    MULTICLASS: ("accuracy", "weighted_f1"),
    REGRESSION: ("mae", "rmse"),
}
HEAD = f"""\
# Quality without labels

Labels come late. Until then the monitor estimates the watched metric from held-out rows: up to {MOST:,} rows of
the test set, with labels, travel with the baseline. A classifier tells them from the window's rows, and those
that are like the window's count for more.

- Two classes and many: the model's scores are calibrated on the weighed rows (Platt's scaling below 1,000 rows'
  worth, isotonic regression from there on); a calibrated score says how often the answer is right.
- A number: a second model learns from the held-out rows how far the answer is off at which inputs; what it gets
  wrong there, weighed, is taken off. It tells `mae`, `mse` and `rmse`, not `r2`.

The interval is meant to hold, in 95 of 100 windows, what labels of the same rows would give. It holds the
chance in the labels, doubt about the calibration (30 calibrations of resampled rows), and what the weights
moved once more, since weights that are learned take a shift in part; of a number it reaches farther to the side
to which the shift went.

## What it cannot see

It takes the relation of inputs to label as it was: **concept drift moves the truth and not the estimate**, and
no method without labels can see it. The report names this blind spot each time. So an estimated loss is weak
evidence:

- the verdict is `ESTIMATED_LOSS`: collect labels. Where labels tell the quality, nothing rests on the estimate;
- `monitoring.estimate_alarm: true` makes an alarm on it (`estimated_drop` at 1 or above, in as many windows as
  the other alarms; no datapoint leaves its state as it is). It reaches a person, as `retraining.responses` says
  of `ESTIMATED_LOSS`: by default `notify`. Only a file that says `retrain` or `ask` there lets an estimate
  start a run;
- the model's dashboard draws the metric by labels, by the estimate with its interval, and the limit.

## When it is refused

With the reason in the report, and without a metric: fewer than {LEAST_ROWS} held-out rows, or
{LEAST_OF_A_CLASS} of a class (of a number, {losses.LEAST_ROWS:,} rows); calibrated probabilities off by more
than {LARGEST_ERROR:g} on rows not learned from; too few rows; data that breaks constraints; a classifier that
tells the window from the training set with an AUC of {LARGEST_AUC:g} beyond doubt; more than
{LARGEST_OUTSIDE:.0%} of rows outside what the training set holds; weighed rows that are worth fewer than
{LEAST_WORTH}.

## What is allowed

`monitoring.quality_drop` is at least 0.001 and below 1. Of a share (accuracy, r2) it is what may be lost of it: 0.1
lets 0.9 become 0.8. Of an error (mae, mse, rmse) it is the share by which it may grow: 0.1 lets 20 become 22. A
file with 0, 1, a negative number, a percentage such as 10, or no finite number is refused with its line and
what is accepted; so are 0.5 and more of two classes' accuracy and auc, since what lost as much is worse than
chance. Of a share whose baseline is below `quality_drop` as much can never be lost: choose a smaller one.
"""


def page(found: Sequence[Met | Refused]) -> str:
    return "\n".join((HEAD, _intro(), _table(found), _refused(found)))


def _intro() -> str:
    worlds = "".join(f"- **{world.name}**: {world.what}\n" for world in WORLDS.values())
    sizes = ", ".join(f"{held:,} and {now:,}" for held, now in SIZES)
    return (
        "## How often the interval holds the truth\n\n"
        f"Written by `python -m bench.estimates`: labels follow from six features, {MODELS} models of each kind learn "
        f"{TRAINED:,} rows.\nHeld-out rows and rows of the window: {sizes}; {TRIALS} windows each, so a cell counts "
        f"{TRIALS * len(SIZES)} windows\n(of a number fewer: too few held-out rows are refused). "
        "`without`: by held-out rows without weights.\n\n"
        f"{worlds}\nShifts: none; `one`, the weightiest feature by 0.7 standard deviations; `two`, two features whose\n"
        "product matters, by 0.6 each; `wide`, all features wider by a fifth, into where few rows were.\n"
    )


def _table(found: Sequence[Met | Refused]) -> str:
    lines = [
        "| model | metric | shift | holds | without | off on average | half interval |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join((*lines, *_lines([each for each in found if isinstance(each, Met)]))) + "\n"


def _lines(found: Sequence[Met]) -> Iterator[str]:
    for world in WORLDS.values():
        for metric in SHOWN[world.problem]:
            for shift in SHIFTS:
                own = [one for one in found if (one.world, one.metric, one.shift) == (world.name, metric, shift)]
                if not own:
                    continue
                before = [one.plain for one in own if one.plain is not None]
                without = f"{share(before):.0%}" if before else "-"
                numbers = f"{fmean(one.off for one in own):+.3f} | {fmean(one.half for one in own):.3f}"
                held = share(one.holds for one in own)
                yield f"| {world.name} | {metric} | {shift} | {held:.0%} | {without} | {numbers} |"


def _refused(found: Sequence[Met | Refused]) -> str:
    own = [one for one in found if isinstance(one, Met)]
    shown = [one for one in own if one.metric in SHOWN[WORLDS[one.world].problem]]
    parts = [
        f"{share(one.holds for one in shown if (one.shift == 'none') == calm):.0%} {words}"
        for calm, words in ((True, "without a shift"), (False, "under a shift"))
    ]
    many = sum(isinstance(one, Refused) for one in found)
    return f"Of all that is shown the interval held the truth in {' and '.join(parts)}; {many} windows were refused.\n"
