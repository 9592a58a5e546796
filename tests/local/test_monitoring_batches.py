"""Monitors of transform jobs: what their container is given, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.contracts.capture import GroundTruth
from local.sagemaker.monitoring.analysis import Analysis
from local.sagemaker.monitoring.job import environment, request
from local.sagemaker.monitoring.merging import merged_rows
from local.service import ApiError
from tests.local.test_sagemaker_monitoring import data_quality, window

BATCH = {
    "DataCapturedDestinationS3Uri": "s3://cap/churn/batch/",
    "DatasetFormat": {"Csv": {"Header": False}},
    "LocalPath": "/opt/ml/processing/input/endpoint",
}


def test_of_transform_jobs_the_container_is_given_what_the_manifests_name() -> None:
    analysis = Analysis.of_definition("DataQuality", data_quality(DataQualityJobInput={"BatchTransformInput": BATCH}))
    given = window(**{"output/2026/11/20/08/a": "s3://cap/churn/batch/output/2026/11/20/08/a.jsonl"})
    variables = environment(analysis, given)
    assert json.loads(variables["dataset_format"]) == {"csv": {"header": "false"}}
    assert "sagemaker_endpoint_name" not in variables
    job = request(analysis, given, "run-1")
    [captured] = job["ProcessingInputs"]
    assert captured["S3Input"]["S3DataType"] == "ManifestFile"
    assert captured["S3Input"]["LocalPath"] == "/opt/ml/processing/input/endpoint/output/2026/11/20/08/a"
    assert job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == "s3://out/x/watch/2026/11/20/09"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "Exactly one of EndpointInput and BatchTransformInput"),
        ({"BatchTransformInput": BATCH, **data_quality()["DataQualityJobInput"]}, "Exactly one of EndpointInput"),
        ({"BatchTransformInput": {**BATCH, "DatasetFormat": {"Parquet": {}}}}, "Csv only, DatasetFormat is Parquet"),
        ({"BatchTransformInput": {**BATCH, "StartTimeOffset": "soon"}}, "no offset"),
    ],
)
def test_an_input_that_is_not_modelled_is_refused_by_name(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ApiError, match=complaint):
        Analysis.of_definition("DataQuality", data_quality(DataQualityJobInput=given))


def test_lines_of_transform_jobs_get_their_labels_and_lonely_ones_are_left_out() -> None:
    truths = [GroundTruth("a", "0").line(), GroundTruth("a", "1").line(), GroundTruth("z", "1").line()]
    rows = ["1,2,0.7, a,2026-11-20T08:00:00Z", "3,4,0.2,b,2026-11-20T08:00:00Z", "torn"]
    assert merged_rows(rows, truths) == [f"{rows[0]},1"]
