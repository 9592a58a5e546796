"""Hand the labelled rows to the platform and run the model's pipeline: `python release.py`."""

import csv
import io
import os
import sys
import time
from pathlib import Path

import boto3
import settings
from features import labelled

RAW = Path(__file__).parent / "raw"
NAME = "repository.csv"
"""Of the rows in the model's labelled data; each release replaces it."""
PAUSE_S = float(os.environ.get("HOMEOSTAT_PAUSE_S", "15"))
ENDED = ("Succeeded", "Failed", "Stopped")


def main() -> int:
    told = settings.read()
    meant = os.environ.get("HOMEOSTAT_MODEL", told["model"])
    if meant != told["model"]:
        sys.exit(f"the project is for model {meant}, and homeostat.json is of model {told['model']}")
    rows = list(labelled(raw_rows(), told["features"], told["label"]))
    if not rows:
        sys.exit(f"{RAW} gives no labelled rows; `python example.py > raw/example.csv` makes some to try it with")
    key = told["labelled_prefix"] + NAME
    body = as_csv(rows, [told["label"], *told["features"]]).encode()
    boto3.client("s3", region_name=told["region"]).put_object(Bucket=told["data_bucket"], Key=key, Body=body)
    print(f"{len(rows)} labelled rows are at s3://{told['data_bucket']}/{key}", flush=True)
    return follow(boto3.client("sagemaker", region_name=told["region"]), told["pipeline"])


def raw_rows():
    """Every row of every CSV file in `raw/`."""
    for path in sorted(RAW.glob("*.csv")):
        with path.open(newline="") as file:
            yield from csv.DictReader(file)


def as_csv(rows, columns) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def follow(sagemaker, pipeline: str) -> int:
    """Start the pipeline on all labelled data and print its steps as they end; 0 where it succeeds."""
    execution = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    print(f"started {execution}", flush=True)
    told: set[str] = set()
    while True:
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
        steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution, SortOrder="Ascending")
        for step in steps["PipelineExecutionSteps"]:
            if step["StepStatus"] in ENDED and step["StepName"] not in told:
                told.add(step["StepName"])
                print(f"{step['StepName']}: {step['StepStatus']} {step.get('FailureReason', '')}".rstrip(), flush=True)
        if found["PipelineExecutionStatus"] in ENDED:
            print(f"{pipeline}: {found['PipelineExecutionStatus']} {found.get('FailureReason', '')}".rstrip())
            return 0 if found["PipelineExecutionStatus"] == "Succeeded" else 1
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    sys.exit(main())
