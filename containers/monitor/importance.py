"""What a run remembers of the model's reasons, version by version."""

from __future__ import annotations

from datetime import datetime

from containers.monitor.judgement import Judgement
from containers.monitor.watched import Watched
from core.contracts.importance import Importance, VersionImportance


def remembered(content: bytes | None) -> Importance:
    """What runs before wrote; None where there is no file. What cannot be read is nothing: it is written anew."""
    try:
        return Importance.from_json(content) if content else Importance()
    except ValueError:
        return Importance()


def changed(before: bytes | None, watched: Watched, found: Judgement, now: datetime) -> bytes | None:
    """The file with this run's window, and none that ends after `now`; None where it stays as it is."""
    known = remembered(before)
    after = brought_in(known.ended_by(now), watched, found).ended_by(now)
    return None if after == known else after.to_json().encode()


def brought_in(known: Importance, watched: Watched, found: Judgement) -> Importance:
    """With this run's window, where enough rows of it were explained to prove anything."""
    if not found.enough or not len(found.attributed):
        return known
    report = found.report
    return known.brought_in(
        VersionImportance(
            package_arn=report.package_arn,
            released_at=watched.release.released_at,
            end=report.end,
            rows=len(found.attributed),
            training={feature.name: feature.baseline_share for feature in report.features},
            window={feature.name: feature.attribution_share for feature in report.features},
            training_groups={group.name: group.baseline_share for group in report.groups},
            window_groups={group.name: group.share for group in report.groups},
        )
    )
