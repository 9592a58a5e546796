"""Rows that were scored in batches, as captured requests: manifests say which answers a transform job has written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from containers.prepare.rows import Fault
from containers.transformed import Answers, manifest
from core.contracts.problem import Target

A_MANIFEST = "a list of what a transform job has written, as SageMaker writes it"
ITS_ANSWERS = "the answers that a manifest names"
A_SCORED_ROW = "a row with its answer, its id and its time, as a transform job with `join: true` writes it"
SHOWN = 80


def named(manifests: Path, answers: str) -> tuple[list[str], list[Fault]]:
    """What the manifests below the folder name of the objects below the S3 prefix `answers`, by their keys below that,
    in order; and the files that are no manifests."""
    keys: set[str] = set()
    faults = []
    for file in sorted(path for path in manifests.rglob("*") if path.is_file()):
        try:
            keys |= {
                _inside(uri.removeprefix(answers)) for uri in manifest(file.read_bytes()) if uri.startswith(answers)
            }
        except ValueError as fault:
            faults.append(Fault(file.relative_to(manifests).as_posix(), 1, str(fault)[:SHOWN], A_MANIFEST))
    return sorted(keys), faults


def jobs(keys: Iterable[str]) -> list[str]:
    """The transform jobs that these keys are of."""
    return sorted({key.partition("/")[0] for key in keys})


def missing(keys: Iterable[str], folder: Path) -> list[Fault]:
    """Answers that are named and do not lie in the folder."""
    return [Fault(key, 0, "nothing", ITS_ANSWERS) for key in keys if not (folder / key).is_file()]


def scored_lines(keys: Iterable[str], folder: Path, target: Target) -> Iterator[tuple[str, int, bytes]]:
    """(key, line number, line of a captured request); a line that is none of a job's own stays as it is."""
    answers = Answers(target)
    for key in keys:
        if (folder / key).is_file():
            with (folder / key).open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if kept := answers.joined(line.rstrip(b"\r\n")):
                        yield key, number, kept.rstrip(b"\n")


def _inside(key: str) -> str:
    """A name may hold `..`: it must not lead out of the folder."""
    if ".." in PurePosixPath(key).parts or key.startswith("/"):
        raise ValueError(f"the name {key!r} leads out of its folder")
    return key
