"""The shell of the job: copies from S3 what the selection asks for."""

from __future__ import annotations

from containers.folders import MlFolders
from containers.prepare.main import CAPTURE, GROUND_TRUTH, LABELLED
from containers.prepare.selection import Selection
from containers.shell import fetch_optional, names, uri
from core.contracts.environment import JobEnvironment
from core.names import VARIANT


def gather(job: JobEnvironment, selection: Selection, folders: MlFolders) -> dict[str, str]:
    """Copy into the folders that `main` reads; return the S3 prefix that each came from.

    Labels may lie in a later hour than their requests, so they are read up to the newest.
    """
    own = names(job)
    prefixes: dict[str, str] = {}
    if selection.labelled:
        prefixes[LABELLED] = uri(job, "data", own.data_prefix)
        fetch_optional(prefixes[LABELLED], folders.processing_input(LABELLED))
    if selection.start is not None:
        first, behind = selection.first_hour, selection.behind_last_hour
        prefixes[CAPTURE] = uri(job, "capture", f"{own.capture_prefix}{own.endpoint}/{VARIANT}/")
        prefixes[GROUND_TRUTH] = uri(job, "data", own.ground_truth_prefix)
        fetch_optional(prefixes[CAPTURE], folders.processing_input(CAPTURE), first, behind)
        fetch_optional(prefixes[GROUND_TRUTH], folders.processing_input(GROUND_TRUTH), first)
    return prefixes
