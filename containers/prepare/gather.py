"""The shell of the job: copies from S3 what the selection asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from containers.folders import MlFolders
from containers.prepare.batches import jobs, named
from containers.prepare.main import BATCHES, CAPTURE, GROUND_TRUTH, LABELLED, MANIFESTS
from containers.prepare.selection import Selection
from containers.shell import fetch_optional, names, uri
from core.contracts.batch import ANSWERS, BatchPolicy
from core.contracts.environment import JobEnvironment
from core.names import VARIANT
from core.remediation.lineage import objection


def gather(
    job: JobEnvironment, selection: Selection, folders: MlFolders, batch: BatchPolicy | None = None
) -> dict[str, str]:
    """Copy into the folders that `main` reads; return the S3 prefix that each came from. `batch` says how rows are
    scored by a schedule, where they are.

    Labels may lie in a later hour than their requests, so they are read up to the newest. Raises ValueError where
    labels would be what the model has answered.
    """
    prefixes = sources(job, selection, batch)
    check(prefixes, [uri(job, "capture", ""), uri(job, "data", names(job).batch_prefix)])
    if LABELLED in prefixes:
        fetch_optional(prefixes[LABELLED], folders.processing_input(LABELLED))
    if CAPTURE in prefixes:
        first, behind = selection.first_hour, selection.behind_last_hour()
        fetch_optional(prefixes[CAPTURE], folders.processing_input(CAPTURE), first, behind)
        fetch_optional(prefixes[GROUND_TRUTH], folders.processing_input(GROUND_TRUTH), first)
    if BATCHES in prefixes and batch is not None:
        _scored(job, selection, folders, prefixes[BATCHES], batch)
    return prefixes


def sources(job: JobEnvironment, selection: Selection, batch: BatchPolicy | None = None) -> dict[str, str]:
    """S3 prefix of each folder that `main` reads. Rows of batches are known where their answers are written behind
    them: those that were read may be others by now."""
    own = names(job)
    prefixes: dict[str, str] = {}
    if selection.labelled:
        prefixes[LABELLED] = uri(job, "data", own.data_prefix)
    if selection.start is not None:
        prefixes[CAPTURE] = uri(job, "capture", f"{own.capture_prefix}{own.endpoint}/{VARIANT}/")
        prefixes[GROUND_TRUTH] = uri(job, "data", own.ground_truth_prefix)
        if batch is not None and batch.joined:
            prefixes[BATCHES] = uri(job, "data", f"{own.batch_prefix}{ANSWERS}/")
    return prefixes


def check(prefixes: Mapping[str, str], answers: Iterable[str]) -> None:
    """`answers`: below which the models' answers lie. Raises ValueError."""
    labels = [prefix for name, prefix in prefixes.items() if name not in (CAPTURE, BATCHES)]
    why_not = objection(labels, answers)
    if why_not is not None:
        raise ValueError(why_not)


def _scored(job: JobEnvironment, selection: Selection, folders: MlFolders, answers: str, batch: BatchPolicy) -> None:
    """The manifests of jobs that began in the window, and all that these jobs have answered."""
    manifests, prefix = folders.processing_input(MANIFESTS), f"{names(job).batch_prefix}output/"
    behind = selection.behind_last_hour(timedelta(seconds=batch.max_runtime_s))
    fetch_optional(uri(job, "capture", prefix), manifests, selection.first_hour, behind)
    for name in jobs(named(manifests, answers)[0]):
        fetch_optional(f"{answers}{name}/", folders.processing_input(BATCHES) / name)
