"""One run: gather what the window needs, judge it, leave the report and the metrics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from containers.model import ARCHIVE
from containers.monitor import gaps, left, recent
from containers.monitor.ahead import fitting
from containers.monitor.analysis import analysis
from containers.monitor.constraints import held
from containers.monitor.explained import explanations
from containers.monitor.importance import brought_in, changed, remembered
from containers.monitor.judge import judged
from containers.monitor.judgement import Judgement
from containers.monitor.lines import lines_told
from containers.monitor.metrics import Publication, nothing_released, of_window
from containers.monitor.page import page
from containers.monitor.parts import Engine, Reader, Stored, in_turn, parts
from containers.monitor.watched import Watched
from core.contracts import evaluation, kept, reports, stages
from core.contracts.capture import hour_folders
from core.contracts.environment import BatchMonitorEnvironment, JobEnvironment, MonitorEnvironment
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import MonitorReport, report_folder
from core.names import VARIANT, TeamNames

Change = Callable[[bytes | None], bytes | None]
"""From what is there, None for nothing, to what is to be there; None where it stays."""
AHEAD = timedelta(minutes=5)
"""What clocks may differ by. A window that ends still later after its report was written has not ended."""
NOT_ENDED = "The window ends after its report was written: nothing later is compared with it."
JSON, HTML, CSV = "application/json", "text/html; charset=utf-8", "text/csv; charset=utf-8"


class Aws(Protocol):
    """What a run asks of AWS: the functions of `containers.shell`."""

    def read_policy(self, job: JobEnvironment) -> ModelPolicy: ...
    def read_release(self, job: JobEnvironment) -> Release | None: ...
    def uri(self, job: JobEnvironment, bucket: str, key: str) -> str: ...
    def fetch(self, uri: str, destination: Path) -> list[Path]: ...
    def fetch_optional(self, uri: str, destination: Path) -> bool: ...
    def open_blocks(self, uri_prefixes: Iterable[str]) -> Iterator[bytes]: ...
    def list_files(self, uri_prefixes: Iterable[str]) -> Sequence[Stored]: ...
    def read_files(self, files: Sequence[Any]) -> Iterator[bytes]: ...
    def put(self, uri: str, content: Path | bytes, content_type: str) -> None: ...
    def change(self, uri: str, new: Change, content_type: str) -> None: ...
    def publish(self, metrics: Sequence[tuple[str, Any]]) -> None: ...


def watch(
    job: MonitorEnvironment,
    aws: Aws,
    engine: Engine = in_turn,
    schedule: str = "",
    labels: tuple[datetime, datetime] | None = None,
) -> str:
    """Monitor the window that ends at `scheduled_at`; return the exit message. `engine` reads what was captured;
    `schedule` is whose window it is, where that is not the monitor's. `labels` says from when to when they were
    collected; without it, those count of the window and of as long again after it."""
    start, end = window_of(job)
    collected = labels or (start, end + (end - start))
    names = TeamNames(job.team, job.environment).model(job.model)
    publication = Publication(names.endpoint, names.monitor, end)
    release = aws.read_release(job)
    if release is None:
        aws.publish(nothing_released(publication))
        return "Completed: nothing is released yet, so there is nothing to watch."
    model_policy = aws.read_policy(job)
    policy = model_policy.watch
    with TemporaryDirectory() as folder:
        watched = _watched(aws, job, policy, release, Path(folder), schedule or names.monitor)
        if rhythm := _rhythm(job, model_policy, release):
            watched = replace(watched, windows=gaps.windows(aws.list_files, _reports(aws, job), rhythm))
        read = Reader(watched.reading, watched.span(start, end), aws.read_files)
        window = engine(parts(_captured(aws, job, release, start, end)), read)
        found = judged(watched, start, end, window, _truth(aws, job, *collected))
        ended = _leave(aws, job, watched, found, end, Path(folder))
    aws.publish(of_window(publication, found, policy, watched.model.signature.label))
    return _message(found) if ended else f"{_message(found)} {NOT_ENDED}"


def window_of(job: MonitorEnvironment) -> tuple[datetime, datetime]:
    """Start and end. Raises ValueError for a time without an offset, or a window without a length."""
    end = datetime.fromisoformat(job.scheduled_at)
    if end.tzinfo is None:
        raise ValueError(f"SCHEDULED_AT has no offset from UTC: {job.scheduled_at!r}")
    if job.window_s <= 0:
        raise ValueError(f"WINDOW_S is the length of the window in seconds, got {job.window_s}")
    return end - timedelta(seconds=job.window_s), end


def _watched(
    aws: Aws, job: JobEnvironment, policy: WatchPolicy, release: Release, folder: Path, schedule: str
) -> Watched:
    names = TeamNames(job.team, job.environment).model(job.model)
    aws.fetch(release.model_uri, folder / ARCHIVE)
    aws.fetch(release.baseline_uri, folder / stages.BASELINE)
    aws.fetch(release.evaluation_uri, folder / evaluation.FILE)
    found = left.read(folder)
    fits = fitting(policy, found.model.signature.column_names)
    counted = aws.fetch_optional(aws.uri(job, "reports", names.report_prefix + reports.RECENT), folder / reports.RECENT)
    return Watched(
        schedule=schedule,
        policy=held(fits.policy, found.constraints),
        release=release,
        model=found.model,
        baseline=found.baseline,
        constraints=found.constraints,
        evaluation=found.evaluation,
        bias=found.bias,
        recent=tuple(recent.from_json((folder / reports.RECENT).read_bytes(), found.baseline)) if counted else (),
        disparities=found.disparities,
        unchecked=fits.left_out,
    )


def _rhythm(job: MonitorEnvironment, policy: ModelPolicy, release: Release) -> gaps.Rhythm | None:
    """None where windows before do not matter, and of a window that is none of the schedule's."""
    start, end = window_of(job)
    released, many = datetime.fromisoformat(release.released_at), policy.watch.recent_windows
    if not many:
        return None
    if isinstance(job, BatchMonitorEnvironment):
        every = policy.batch and timedelta(seconds=policy.batch.every_s)
        return gaps.Rhythm(_due(job), every, many, released, from_first=True) if every else None
    if end - start != timedelta(seconds=policy.watch.period_s):
        return None
    return gaps.Rhythm(end, end - start, many, since=released + (end - start))


def _due(job: MonitorEnvironment) -> datetime:
    """A batch is due before it begins; a window of an endpoint, when it ends."""
    return datetime.fromisoformat(job.due_at) if isinstance(job, BatchMonitorEnvironment) else window_of(job)[1]


def _reports(aws: Aws, job: JobEnvironment) -> str:
    """URI below which the first reports on windows lie, and the counts of them."""
    prefix = TeamNames(job.team, job.environment).model(job.model).report_prefix
    return aws.uri(job, "reports", prefix + reports.RECENT).removesuffix(reports.RECENT)


def _captured(aws: Aws, job: JobEnvironment, release: Release, start: datetime, end: datetime) -> Sequence[Stored]:
    prefix = f"{TeamNames(job.team, job.environment).model(job.model).capture_prefix}{release.endpoint}/{VARIANT}/"
    folders = [aws.uri(job, "capture", f"{prefix}{hour}/") for hour in hour_folders(start, end)]
    return aws.list_files(folders)


def _truth(aws: Aws, job: JobEnvironment, start: datetime, end: datetime) -> Iterator[bytes]:
    """Labels lie by the hour in which they were collected."""
    prefix = TeamNames(job.team, job.environment).model(job.model).ground_truth_prefix
    folders = [aws.uri(job, "data", f"{prefix}{hour}/") for hour in hour_folders(start, end)]
    return (line for block in aws.open_blocks(folders) for line in block.split(b"\n") if line.strip())


def _leave(aws: Aws, job: MonitorEnvironment, watched: Watched, found: Judgement, end: datetime, scratch: Path) -> bool:
    """Write the window's files, its counts for later ones, then `latest.json` unless it tells of a later window.
    Returns whether the window has ended: if not, only its own files are written."""
    prefix = TeamNames(job.team, job.environment).model(job.model).report_prefix
    folder = report_folder(prefix, end)
    report = found.report.to_json().encode()
    memory = aws.uri(job, "reports", prefix + reports.IMPORTANCE)
    known = scratch / reports.IMPORTANCE
    remembers = aws.fetch_optional(memory, known)
    importance = brought_in(remembered(known.read_bytes() if remembers else None), watched, found)
    violations = json.dumps({"violations": [one.entry() for one in found.report.violations]}, indent=2).encode()
    files = {
        reports.STATISTICS: (json.dumps(found.statistics, allow_nan=False).encode(), JSON),
        reports.CONSTRAINTS: (json.dumps(found.constraints, indent=2, allow_nan=False).encode(), JSON),
        reports.VIOLATIONS: (violations, JSON),
        reports.VIOLATIONS_BYOC: (violations, JSON),
        reports.ANALYSIS: (json.dumps(analysis(watched, found), indent=2, allow_nan=False).encode(), JSON),
        reports.PAGE: (page(found, watched.policy, watched.baseline, importance).encode("utf-8", "replace"), HTML),
        reports.REPORT: (report, JSON),
    }
    if len(found.attributed):
        files[reports.EXPLANATIONS] = (explanations(watched.model, found).encode(), CSV)
    for name, (content, kind) in files.items():
        aws.put(aws.uri(job, "reports", folder + name), content, kind)
    now = _now(aws, aws.uri(job, "reports", folder + reports.REPORT), end)
    _remember(aws, job, watched, found, end, now)
    latest = aws.uri(job, "reports", prefix + reports.LATEST)
    aws.change(latest, lambda before: report if end <= now and not _newer(before, end, now) else None, JSON)
    return end <= now


def _now(aws: Aws, written: str, end: datetime) -> datetime:
    """By the clock of S3, the only one there is: when the window's report was `written`, and AHEAD; the window's own
    end where nothing was. A time that was typed wrong in a run by hand must not stand before all windows that come."""
    files: Sequence[Any] = aws.list_files([written])
    found = [file.modified for file in files if file.uri == written]
    return found[0] + AHEAD if found else end


def _remember(
    aws: Aws, job: MonitorEnvironment, watched: Watched, found: Judgement, end: datetime, now: datetime
) -> None:
    """What later windows are told of this one. Another run may write the same at the same time."""
    prefix = TeamNames(job.team, job.environment).model(job.model).report_prefix
    place = json.dumps({"report": aws.uri(job, "reports", report_folder(prefix, end) + reports.REPORT)}).encode()
    told = aws.uri(job, "reports", report_folder(prefix, _due(job)) + reports.TOLD)
    aws.change(told, lambda before: None if before else place, JSON)
    if found.enough:
        counts = aws.uri(job, "reports", prefix + reports.RECENT)
        aws.change(counts, lambda before: recent.with_newest(before, found.counted, now), JSON)
    memory = aws.uri(job, "reports", prefix + reports.IMPORTANCE)
    aws.change(memory, lambda before: changed(before, watched, found, now), JSON)


def _newer(latest: bytes | None, end: datetime, now: datetime) -> bool:
    """Whether this report tells of a later window, that has ended. One that cannot be read is replaced."""
    try:
        return latest is not None and end < kept.time(MonitorReport.from_json(latest).end) <= now
    except ValueError:
        return False


def _message(found: Judgement) -> str:
    report = found.report
    verdict = f"{found.diagnosis.verdict}: {found.diagnosis.cause}."
    rows = f"{report.rows} rows, {report.labels} labels, {report.unreadable} unreadable lines"
    rows = ", ".join([rows, *lines_told(report)])
    if found.repeated:
        rows = f"{rows}, {found.repeated} requests left out, for another one has their id"
    if found.partial:
        rows = f"only the first {found.report.rows:,} rows of the window were read; {rows}"
    if report.unchecked:
        verdict = f"{verdict} Not looked at, for the released model has no such column: {', '.join(report.unchecked)}."
    if not report.violations:
        return f"Completed: Job completed successfully with no violations. {rows}. {verdict}"
    named = "; ".join(list(dict.fromkeys(f"{one.feature} {one.check}" for one in report.violations))[:8])
    return f"{reports.VIOLATED}: {len(report.violations)} violations ({named}). {rows}. {verdict}"
