"""Hyperparameter tuning: training jobs at points of the ranges, so many at a time, and the best of them."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from itertools import islice

from local.sagemaker import listing
from local.sagemaker.jobs.jobs import Jobs, JobType
from local.sagemaker.jobs.run import JobFailed, Outcome, Run
from local.sagemaker.jobs.search import Point, points
from local.sagemaker.jobs.training import TRAINING, Training
from local.sagemaker.jobs.trials import counted, over, summary, value
from local.sagemaker.kinds import INVALID, MISSING, job
from local.sagemaker.resources import Request
from local.sagemaker.store import Record
from local.service import ApiError

TUNING = JobType(
    job(
        "HyperParameterTuningJob",
        "hyper-parameter-tuning-job",
        "Hyperparameter tuning job",
        (MISSING, "Amazon SageMaker can't find a tuning job with the name {name}."),
    ),
    "HyperParameter Tuning Job",
    "hyperparameter tuning job",
    ("HyperParameterTuningStartTime", "HyperParameterTuningEndTime"),
)
NOT_MODELLED = ("TrainingJobDefinitions", "WarmStartConfig", "Autotune")
COPIED = (
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "Environment",
)
LONGEST_S = 2_592_000


class Tuning:
    """The part of the service that answers for tuning jobs."""

    def __init__(self, jobs: Jobs, training: Training) -> None:
        self.jobs, self.training, self.store = jobs, training, jobs.store
        jobs.resources.add(TUNING.kind)

    def create_hyper_parameter_tuning_job(self, request: Request) -> Record:
        if asked := [name for name in NOT_MODELLED if request.get(name)]:
            raise ApiError(
                INVALID, f"{', '.join(asked)}: the embedded AWS tunes one TrainingJobDefinition, from a cold start."
            )
        definition, config = request.get("TrainingJobDefinition"), request["HyperParameterTuningJobConfig"]
        if not definition or not config.get("HyperParameterTuningJobObjective"):
            raise ApiError(INVALID, "A TrainingJobDefinition and a HyperParameterTuningJobObjective must be given.")
        return self.jobs.begin(
            TUNING,
            {**request, "RoleArn": definition["RoleArn"]},
            self._work,
            Strategy=config["Strategy"],
            ResourceLimits=config["ResourceLimits"],
            Trained=[],
            **counted([], ""),
        )

    def stop_hyper_parameter_tuning_job(self, request: Request) -> None:
        self.jobs.stop(TUNING, self.jobs.resources.describe(TUNING.kind, request))

    def list_training_jobs_for_hyper_parameter_tuning_job(self, request: Request) -> Request:
        record = self.store.get(TUNING.kind, request["HyperParameterTuningJobName"])
        metric, filters = _metric(record), {name: request[name] for name in ("StatusEquals",) if name in request}
        rows = [one for one in record["Trained"] if listing.wanted(TRAINING.kind, one, filters)]
        by, order = request.get("SortBy", "Name"), request.get("SortOrder", "Ascending")
        keys = {"Status": "TrainingJobStatus", "CreationTime": "CreationTime", "Name": "TrainingJobName"}
        if by == "FinalObjectiveMetricValue":
            rows = sorted(
                (one for one in rows if value(one, metric) is not None), key=lambda one: value(one, metric) or 0
            )
        else:
            rows.sort(key=lambda one: one[keys[by]])
        rows = rows if order == "Ascending" else rows[::-1]
        return listing.page("TrainingJobSummaries", [summary(one, metric) for one in rows], request)

    def _work(self, record: Record, run: Run) -> Outcome:
        config = record["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        seed = config.get("RandomSeed", zlib.crc32(record["HyperParameterTuningJobName"].encode()))
        tries = points(config.get("ParameterRanges") or {}, config["Strategy"], seed)
        left = islice(tries, limits.get("MaxNumberOfTrainingJobs"))
        deadline = time.monotonic() + limits.get("MaxRuntimeInSeconds", LONGEST_S)
        status = self._search(record, left, limits["MaxParallelTrainingJobs"], deadline)
        self._count(record)
        if status is Outcome.ENDED and "BestTrainingJob" not in record:
            raise JobFailed(f"ClientError: No training job reported the objective metric {_metric(record)}.")
        return status

    def _search(self, record: Record, left: Iterator[Point], parallel: int, deadline: float) -> Outcome:
        """Start jobs while there are points and room; returns when all of them are over."""
        running: list[Record] = []
        while True:
            stopping = record[TUNING.status] == "Stopping" or time.monotonic() >= deadline
            if stopping:
                self._stop(running)
            else:
                running += [self._train(record, point) for point in islice(left, parallel - len(running))]
            if not running:
                return Outcome.STOPPED if stopping else Outcome.ENDED
            self._wait(record, running, None if stopping else max(0.0, deadline - time.monotonic()))
            running = [one for one in running if not over(one)]
            self._count(record)

    def _wait(self, record: Record, running: list[Record], timeout_s: float | None) -> None:
        """Until a job is over or, unless it is being stopped already (no timeout), the tuning job is stopped."""
        stopped = timeout_s is not None
        self.store.wait(lambda: any(map(over, running)) or (stopped and record[TUNING.status] == "Stopping"), timeout_s)

    def _train(self, record: Record, point: Point) -> Record:
        definition, number = record["TrainingJobDefinition"], len(record["Trained"]) + 1
        name = record["HyperParameterTuningJobName"]
        metric = {"_tuning_objective_metric": _metric(record)}
        made = self.training.create_training_job(
            {
                **{member: definition[member] for member in COPIED if member in definition},
                "TrainingJobName": f"{name}-{number:03d}-{zlib.crc32(f'{name}{number}'.encode()):08x}",
                "AlgorithmSpecification": definition["AlgorithmSpecification"],
                "HyperParameters": {**metric, **definition.get("StaticHyperParameters", {}), **point},
                "TuningJobArn": record["HyperParameterTuningJobArn"],
                "Tuned": point,
            }
        )
        record["Trained"].append(made)
        self._count(record)
        return made

    def _stop(self, running: list[Record]) -> None:
        for one in running:
            if one["TrainingJobStatus"] == "InProgress":
                self.training.stop_training_job({"TrainingJobName": one["TrainingJobName"]})

    def _count(self, record: Record) -> None:
        metric, trained = _metric(record), record["Trained"]
        found = [one for one in trained if one["TrainingJobStatus"] == "Completed" and value(one, metric) is not None]
        kind = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"]
        members = counted(trained, metric)
        if found:
            best = (max if kind == "Maximize" else min)(found, key=lambda one: value(one, metric) or 0.0)
            members["BestTrainingJob"] = summary(best, metric)
        self.store.change(record, **members)


def _metric(record: Record) -> str:
    name: str = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    return name
