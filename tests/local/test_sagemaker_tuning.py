"""Hyperparameter tuning on the embedded AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.sagemaker.jobs.search import points
from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.images import Images

SCORE = """
import json, os, pathlib, time
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
given = json.loads((root / "input/config/hyperparameters.json").read_text())
time.sleep(float(given.get("seconds", 0)))
print(f"score={10 * int(given['depth']) + float(given['bonus'])};", flush=True)
"""


@given(st.floats(1e-6, 0.5), st.floats(0.5, 0.99), st.sampled_from(["Auto", "Logarithmic", "ReverseLogarithmic"]))
def test_points_lie_within_their_ranges(low: float, high: float, scale: str) -> None:
    span = {"MinValue": repr(low), "MaxValue": repr(high), "ScalingType": scale}
    ranges = {
        "ContinuousParameterRanges": [{"Name": "eta", **span}],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "5"}],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["tree", "linear"]}],
    }
    for point in islice(points(ranges, "Random", 7), 20):
        assert low <= float(point["eta"]) <= high
        assert 2 <= int(point["depth"]) <= 5
        assert point["booster"] in ("tree", "linear")


def test_a_seed_gives_the_same_points_again() -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.9"}]}

    def drawn() -> Iterator[dict[str, str]]:
        return islice(points(ranges, "Bayesian", 7), 5)

    assert list(drawn()) == list(drawn())


@pytest.fixture(scope="module")
def images(aws: EmbeddedAws) -> Images:
    return Images(aws.home).add(score=SCORE)


@pytest.fixture
def request_of(
    aws: EmbeddedAws, images: Images, role: Callable[..., str], unique: Callable[[str], str]
) -> Callable[..., dict[str, Any]]:
    bucket = unique("tuning")
    aws.client("s3").create_bucket(Bucket=bucket)
    owner = role("sagemaker", allow("s3:*", "logs:*"))

    def make(strategy: str, **fixed: str) -> dict[str, Any]:
        metric = {"Name": "score", "Regex": "score=([0-9.]+);"}
        depth = {"Name": "depth", "Values": ["1", "3", "2"]}
        return {
            "HyperParameterTuningJobName": unique("tune"),
            "HyperParameterTuningJobConfig": {
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": {"CategoricalParameterRanges": [depth]},
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": {"bonus": "0.5", **fixed},
                "AlgorithmSpecification": {
                    "TrainingImage": images.uri("score"),
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [metric],
                },
                "RoleArn": owner,
                "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            },
        }

    return make


def finished(sagemaker: Any, name: str) -> dict[str, Any]:
    for _ in eventually():
        found: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if found["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped"):
            return found
    raise AssertionError


@pytest.mark.slow
def test_a_grid_is_tried_and_the_best_point_found(aws: EmbeddedAws, request_of: Callable[..., dict[str, Any]]) -> None:
    sagemaker, request = aws.client("sagemaker"), request_of("Grid")
    name = request["HyperParameterTuningJobName"]
    sagemaker.create_hyper_parameter_tuning_job(**request)
    found = finished(sagemaker, name)

    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    assert found["TrainingJobStatusCounters"]["Completed"] == 3
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    best = found["BestTrainingJob"]
    assert best["TunedHyperParameters"] == {"depth": "3"}
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 30.5
    trained = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert trained["TuningJobArn"] == found["HyperParameterTuningJobArn"]
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", SortOrder="Descending"
    )["TrainingJobSummaries"]
    assert [job["TunedHyperParameters"]["depth"] for job in listed] == ["3", "2", "1"]


@pytest.mark.slow
def test_no_more_jobs_run_at_a_time_than_allowed_and_a_stop_stops_them(
    aws: EmbeddedAws, request_of: Callable[..., dict[str, Any]]
) -> None:
    sagemaker, request = aws.client("sagemaker"), request_of("Random", seconds="900")
    name = request["HyperParameterTuningJobName"]
    sagemaker.create_hyper_parameter_tuning_job(**request)
    for _ in eventually():
        found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if found["TrainingJobStatusCounters"]["InProgress"] == 2:
            break
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    found = finished(sagemaker, name)
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 2
    assert found["TrainingJobStatusCounters"]["InProgress"] == 0


@pytest.mark.slow
def test_a_tuning_job_without_any_objective_fails(aws: EmbeddedAws, request_of: Callable[..., dict[str, Any]]) -> None:
    sagemaker, request = aws.client("sagemaker"), request_of("Grid", bonus="no number")
    sagemaker.create_hyper_parameter_tuning_job(**request)
    found = finished(sagemaker, request["HyperParameterTuningJobName"])
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["TrainingJobStatusCounters"]["NonRetryableError"] == 3


@pytest.mark.slow
def test_what_the_embedded_aws_does_not_tune_is_refused(
    aws: EmbeddedAws, request_of: Callable[..., dict[str, Any]]
) -> None:
    request = request_of("Grid")
    with pytest.raises(ClientError, match="from a cold start"):
        aws.client("sagemaker").create_hyper_parameter_tuning_job(
            **request,
            WarmStartConfig={
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "parent"}],
                "WarmStartType": "TransferLearning",
            },
        )
