"""The peers' side, in their environment: `python -m bench.monitoring.theirs NAME FOLDER [NUMBER]`."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from bench.monitoring import stopwatch
from bench.monitoring.inputs import COLUMNS, NUMERIC

METRICS = ("CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD")
METRICS_OF_ANSWERS = ("AD", "CDDPL", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "GE", "RD", "SD", "TE")
"""All but the flip test, which needs more than counts."""


def evidently(folder: Path, rows: int) -> dict[str, Any]:
    """Its preset for data drift as it comes, of the first `rows` rows."""
    os.environ["DO_NOT_TRACK"] = "1"
    import pandas
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    names = [f"f{at}" for at in range(COLUMNS)]
    definition = DataDefinition(numerical_columns=names[:NUMERIC], categorical_columns=names[NUMERIC:])

    def read(file: str) -> Any:
        columns = np.load(folder / file, mmap_mode="r")[:, :rows]
        kinds = {name: column if at < NUMERIC else column.astype(np.int64) for at, (name, column) in _told(columns)}
        return pandas.DataFrame({name: np.array(column) for name, column in kinds.items()})

    def _told(columns: Any) -> Any:
        return enumerate(zip(names, columns, strict=True))

    reference, window = read("reference.npy"), read("window.npy")

    def reported() -> dict[str, tuple[str, float]]:
        sides = [Dataset.from_pandas(side, definition) for side in (window, reference)]
        told = Report([DataDriftPreset()]).run(*sides).dict()["metrics"]
        found = [(metric["config"], metric["value"]) for metric in told if "column" in metric["config"]]
        return {config["column"]: (config["method"], float(value)) for config, value in found}

    return {"reported": stopwatch.timed(reported)}


def xgboost(folder: Path, runs: int) -> dict[str, Any]:
    """Its own exact Shapley values, on one core."""
    import xgboost as library

    booster = library.Booster({"nthread": 1}, model_file=folder / "model.json")
    rows = np.load(folder / "explained.npy")

    def explained() -> Any:
        return booster.predict(library.DMatrix(rows, nthread=1), pred_contribs=True)

    told = stopwatch.timed(explained, runs)
    np.save(folder / "theirs.npy", told.pop("found"))
    return {"explained": told}


def smclarify(folder: Path) -> dict[str, Any]:
    """Its report of bias, before and after training, of every group."""
    logging.disable(logging.CRITICAL)
    import pandas
    from smclarify.bias.report import FacetColumn, LabelColumn, StageType, bias_report

    group, stratum, label, answer = np.load(folder / "people.npy").astype(np.int64).astype(str).astype(object)
    people = pandas.DataFrame({"group": group, "label": label})
    strata, answers = pandas.Series(stratum), pandas.Series(answer)

    def reported() -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        stages = ((StageType.PRE_TRAINING, METRICS), (StageType.POST_TRAINING, METRICS_OF_ANSWERS))
        for stage, metrics in stages:
            labels = LabelColumn("label", people["label"], ["1"]), LabelColumn("answer", answers, ["1"])
            told = bias_report(
                people, FacetColumn("group"), labels[0], stage, labels[1], metrics=list(metrics), group_variable=strata
            )
            for one in told:
                values = {metric["name"]: metric["value"] for metric in one["metrics"]}
                found.setdefault(one["value_or_threshold"], {}).update(values)
        return found

    return {"reported": stopwatch.timed(reported)}


def plain(folder: Path, rows: int, runs: int) -> dict[str, Any]:
    """The standard library's json and csv, line by line, as the samples of the managed monitor's makers do it."""

    def read() -> dict[str, float]:
        total = 0.0
        with (folder / "capture.jsonl").open("rb") as file:
            for line in islice(file, rows):
                data = json.loads(line)["captureData"]["endpointInput"]["data"]
                for cells in csv.reader(io.StringIO(data)):
                    values = [float(cell) for cell in cells]
                    total += values[0]
        return {"rows": rows, "sum": total}

    return {"read": stopwatch.timed(read, runs)}


def arrow(folder: Path, runs: int) -> dict[str, Any]:
    """The fastest reading by libraries alone: pyarrow for the lines, and once more for all their payloads together."""
    import pyarrow
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.json

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    options = pyarrow.csv.ReadOptions(column_names=[f"f{at}" for at in range(COLUMNS)], use_threads=False)

    def read() -> dict[str, float]:
        lines = pyarrow.json.read_json(folder / "capture.jsonl", pyarrow.json.ReadOptions(use_threads=False))
        sides = lines["captureData"].combine_chunks()
        data = pyarrow.compute.struct_field(sides, ["endpointInput", "data"])
        payloads = "\n".join(data.to_pylist()).encode()
        rows = pyarrow.csv.read_csv(io.BytesIO(payloads), options)
        return {"rows": rows.num_rows, "sum": pyarrow.compute.sum(rows["f0"]).as_py()}

    return {"read": stopwatch.timed(read, runs, warm=True)}


if __name__ == "__main__":
    stopwatch.main({"evidently": evidently, "xgboost": xgboost, "smclarify": smclarify, "plain": plain, "arrow": arrow})
