"""The shell of the job: copies from S3 what the selection asks for."""

from __future__ import annotations

from collections.abc import Mapping

from containers.folders import MlFolders
from containers.prepare.main import CAPTURE, GROUND_TRUTH, LABELLED
from containers.prepare.selection import Selection
from containers.shell import fetch_optional, names, uri
from core.contracts.environment import JobEnvironment
from core.names import VARIANT
from core.remediation.lineage import objection


def gather(job: JobEnvironment, selection: Selection, folders: MlFolders) -> dict[str, str]:
    """Copy into the folders that `main` reads; return the S3 prefix that each came from.

    Labels may lie in a later hour than their requests, so they are read up to the newest. Raises ValueError where
    labels would be what the model has answered.
    """
    prefixes = sources(job, selection)
    check(prefixes, uri(job, "capture", ""))
    if LABELLED in prefixes:
        fetch_optional(prefixes[LABELLED], folders.processing_input(LABELLED))
    if CAPTURE in prefixes:
        first, behind = selection.first_hour, selection.behind_last_hour
        fetch_optional(prefixes[CAPTURE], folders.processing_input(CAPTURE), first, behind)
        fetch_optional(prefixes[GROUND_TRUTH], folders.processing_input(GROUND_TRUTH), first)
    return prefixes


def sources(job: JobEnvironment, selection: Selection) -> dict[str, str]:
    """S3 prefix of each folder that `main` reads."""
    own = names(job)
    prefixes: dict[str, str] = {}
    if selection.labelled:
        prefixes[LABELLED] = uri(job, "data", own.data_prefix)
    if selection.start is not None:
        prefixes[CAPTURE] = uri(job, "capture", f"{own.capture_prefix}{own.endpoint}/{VARIANT}/")
        prefixes[GROUND_TRUTH] = uri(job, "data", own.ground_truth_prefix)
    return prefixes


def check(prefixes: Mapping[str, str], answers: str) -> None:
    """`answers`: below which the models' answers lie. Raises ValueError."""
    labels = [prefix for name, prefix in prefixes.items() if name != CAPTURE]
    why_not = objection(labels, [answers])
    if why_not is not None:
        raise ValueError(why_not)
