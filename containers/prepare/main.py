"""Files in, files out: labelled data, captured requests and ground truth -> three data sets and their lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.prepare.batches import A_SCORED_ROW, missing, named, scored_lines
from containers.prepare.labelled import read_labelled
from containers.prepare.requests import Requests, lines_of, read_labels
from containers.prepare.rows import Collected
from containers.prepare.selection import Selection
from containers.prepare.split import split
from containers.targets import Labels, as_labels, one_sided
from core.contracts.problem import BINARY, MULTICLASS, Target
from core.contracts.signature import Signature
from core.contracts.stages import TEST, TRAIN, VALIDATION

LABELLED, CAPTURE, GROUND_TRUTH = "labelled", "capture", "ground-truth"
BATCHES, MANIFESTS = "batches", "batch-manifests"
"""Folders of the inputs; one that does not exist holds nothing."""
LINEAGE, REJECTS = "lineage.json", "rejects.jsonl"
"""Beside the training set."""
LEAST_ROWS = 200
MOST_REJECTED = 0.01
"""Share of the lines read. More than this is no noise: something upstream is broken."""
SHOWN = 5


def main(folders: MlFolders, signature: Signature, selection: Selection, prefixes: Mapping[str, str]) -> str:
    """Write the data sets, `lineage.json` and `rejects.jsonl`; return what they hold.

    `prefixes` says which S3 prefix each input folder was copied from. Raises ValueError where the rows are too few,
    too one-sided or too often unusable.
    """
    sources = _read(folders, signature, selection, prefixes)
    everything = Collected()
    for source in sources.values():
        everything.join(source)
    _check_faults(everything)
    labels = as_labels(signature.target, everything.labels)
    _check_rows(labels, signature.target, selection)
    rows = np.array(everything.rows, dtype=np.float64)
    places = split(rows)
    left_out = {signature.names[at] for at in selection.columns_without(signature.names)}
    emptied = [at for at, column in enumerate(signature.columns) if column.feature in left_out]
    rows[:, emptied] = np.nan  # after the split: a row stays in its set
    sets = {name: Dataset(signature, rows[chosen], labels[chosen]) for name, chosen in places.items()}
    _check_sets(sets)
    for name, data in sets.items():
        data.write(folders.processing_output(name))
    _leave_traces(folders, sources, sets, prefixes, selection.without)
    sizes = ", ".join(f"{len(data)} {name}" for name, data in sets.items())
    unclear = f", {everything.ambiguous} whose id others bear" if everything.ambiguous else ""
    without = f"{everything.unlabelled} without a label{unclear}"
    return f"{len(rows)} rows ({sizes}), {len(everything.faults)} rejected, {without}"


def _read(
    folders: MlFolders, signature: Signature, selection: Selection, prefixes: Mapping[str, str]
) -> dict[str, Collected]:
    sources = {}
    if selection.labelled:
        sources[LABELLED] = read_labelled(folders.processing_input(LABELLED), signature)
    if selection.start is not None:
        labels, unreadable = read_labels(folders.processing_input(GROUND_TRUTH))
        requests = Requests(signature, selection, labels)
        sources[CAPTURE] = requests.read(lines_of(folders.processing_input(CAPTURE)))
        sources[CAPTURE].faults += unreadable
        if BATCHES in prefixes:
            sources[BATCHES] = _scored(folders, prefixes[BATCHES], requests)
    return sources


def _scored(folders: MlFolders, answers: str, requests: Requests) -> Collected:
    """Rows of batches, those that the endpoint has not answered under the same id."""
    folder = folders.processing_input(BATCHES)
    keys, faults = named(folders.processing_input(MANIFESTS), answers)
    found = requests.read(scored_lines(keys, folder, requests.signature.target), A_SCORED_ROW)
    found.faults += [*faults, *missing(keys, folder)]
    return found


def _check_faults(found: Collected) -> None:
    lines = len(found.rows) + len(found.faults)
    if lines and len(found.faults) / lines > MOST_REJECTED:
        first = "; ".join(map(str, found.faults[:SHOWN]))
        raise ValueError(f"{len(found.faults)} of {lines} lines cannot be used, more than {MOST_REJECTED:.0%}: {first}")


def _check_rows(labels: Labels, target: Target, selection: Selection) -> None:
    rows = len(labels)
    what = "labelled rows" if selection.labelled else f"labelled requests from {selection.start} to {selection.end}"
    if rows < LEAST_ROWS:
        raise ValueError(f"there are {rows} {what}; at least {LEAST_ROWS} are needed to train and test a model")
    if target.problem == BINARY and not 0 < (ones := int(labels.sum())) < rows:
        raise ValueError(f"all {rows} {what} have the label {int(ones > 0)}; rows of both labels are needed")
    if why := one_sided(target, labels, every=True):
        raise ValueError(f"of {rows} {what}, {why}")


def _check_sets(sets: Mapping[str, Dataset]) -> None:
    for name, data in sets.items():
        if why := one_sided(data.signature.target, data.labels, every=name == TRAIN):
            raise ValueError(
                f"of the {len(data)} rows that fall to the {name} set, {why} "
                "(rows with the same features always fall to the same set)"
            )


def _leave_traces(
    folders: MlFolders,
    sources: Mapping[str, Collected],
    sets: Mapping[str, Dataset],
    prefixes: Mapping[str, str],
    without: Sequence[str],
) -> None:
    """What was read, from where, and what became of it."""
    folder = folders.processing_output(TRAIN)
    lineage = {
        "sources": {
            name: {
                "prefix": prefixes.get(name, ""),
                "rows": len(source.rows),
                "rejected": len(source.faults),
                "unlabelled": source.unlabelled,
                "ambiguous": source.ambiguous,
                "objects": source.files,
            }
            for name, source in sources.items()
        },
        "without": list(without),
        "labels": {"prefix": prefixes.get(GROUND_TRUTH, ""), "of": "requests come from ground truth, never a model"},
        "sets": {name: {"rows": len(sets[name]), **_told(sets[name])} for name in _ORDER},
    }
    (folder / LINEAGE).write_text(json.dumps(lineage, indent=2), encoding="utf-8")
    with (folder / REJECTS).open("w", encoding="utf-8", newline="\n") as out:
        for source in sources.values():
            out.writelines(fault.to_json() + "\n" for fault in source.faults)


def _told(data: Dataset) -> dict[str, Any]:
    """What the labels of a set are like."""
    target = data.signature.target
    if target.problem == BINARY:
        return {"ones": int(data.labels.sum())}
    if target.problem == MULTICLASS:
        return {"classes": np.bincount(data.labels.astype(np.int64), minlength=target.classes).tolist()}
    return {"mean": float(data.labels.mean()), "deviation": float(data.labels.std())}


_ORDER = (TRAIN, VALIDATION, TEST)
