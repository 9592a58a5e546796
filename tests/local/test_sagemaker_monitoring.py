"""Monitoring schedules: when they run, what their container is given, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.contracts.capture import CapturedRequest, GroundTruth, Payload, hour_folder
from local.sagemaker.monitoring.analysis import Analysis, offset
from local.sagemaker.monitoring.job import Window, environment, request
from local.sagemaker.monitoring.merging import merged
from local.service import ApiError
from local.start import EmbeddedAws, eventually
from tests.local.conftest import slow_motion
from tests.local.hosting import VARIANT, Hosting
from tests.local.images import Images

DUE = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROLE = "arn:aws:iam::000000000000:role/monitor"
ANALYZER = """
import json, os, pathlib, sys
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
here = lambda path: base / path.removeprefix("/opt/ml/")
source = here(os.environ["dataset_source"])
files = [str(f.relative_to(source)) for f in source.rglob("*.jsonl")]
rows = sum(len(f.read_text().splitlines()) for f in source.rglob("*.jsonl"))
told = {name: os.environ[name] for name in ("start_time", "end_time", "sagemaker_endpoint_name")}
baseline = here(os.environ["baseline_constraints"]).read_text() if "baseline_constraints" in os.environ else None
report = {**told, "rows": rows, "files": files, "baseline": baseline}
(here(os.environ["output_path"]) / "report.json").write_text(json.dumps(report))
verdict = os.environ.get("verdict", "Completed: Job completed successfully with no violations.")
(base / "output" / "message").write_text(verdict)
sys.exit(int(os.environ.get("code", "0")))
"""


def data_quality(**more: Any) -> dict[str, Any]:
    return {
        "DataQualityAppSpecification": {"ImageUri": "r/analyzer:1", "Environment": {"mine": "1"}},
        "DataQualityJobInput": {
            "EndpointInput": {"EndpointName": "churn", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://out/x", "LocalPath": "/opt/ml/processing/output"}}]
        },
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        "RoleArn": ROLE,
        **more,
    }


OF_NOBODY = {
    "MonitoringInputs": [
        {"EndpointInput": {"EndpointName": "nobody", "LocalPath": "/opt/ml/processing/input/endpoint"}}
    ],
    "MonitoringOutputConfig": data_quality()["DataQualityJobOutputConfig"],
    "MonitoringResources": data_quality()["JobResources"],
    "MonitoringAppSpecification": {"ImageUri": "r/analyzer:1"},
    "RoleArn": ROLE,
}


def window(**data: str) -> Window:
    return Window("watch", DUE - timedelta(hours=1), DUE, "s3://cap", data or {"churn/All/2026/11/20/08": "s3://cap/f"})


def test_the_container_is_given_what_the_guide_promises() -> None:
    baseline = {"ConstraintsResource": {"S3Uri": "s3://b/constraints.json"}}
    analysis = Analysis.of_definition("DataQuality", data_quality(DataQualityBaselineConfig=baseline))
    given = environment(analysis, window())
    assert given["dataset_source"] == "/opt/ml/processing/input/endpoint"
    assert json.loads(given["dataset_format"])["sagemakerCaptureJson"]
    assert (given["start_time"], given["end_time"]) == ("2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z")
    assert given["baseline_constraints"] == "/opt/ml/processing/baseline/constraints/constraints.json"
    assert given["sagemaker_monitoring_schedule_name"] == "watch"


def test_the_job_reads_the_captured_folders_and_writes_below_endpoint_and_schedule() -> None:
    job = request(Analysis.of_definition("DataQuality", data_quality()), window(), "run-1")
    [captured] = job["ProcessingInputs"]
    assert captured["S3Input"]["S3Uri"] == "s3://cap/f"
    assert captured["S3Input"]["LocalPath"] == "/opt/ml/processing/input/endpoint/churn/All/2026/11/20/08"
    [output] = job["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == "s3://out/x/churn/watch/2026/11/20/09"
    assert job["Environment"]["mine"] == "1"


def test_offsets_move_the_window() -> None:
    source = {"EndpointName": "e", "LocalPath": "/p", "StartTimeOffset": "-P1D", "EndTimeOffset": "-PT2H"}
    analysis = Analysis.of_definition("DataQuality", data_quality(DataQualityJobInput={"EndpointInput": source}))
    assert analysis.window(DUE - timedelta(hours=1), DUE) == (DUE - timedelta(days=1), DUE - timedelta(hours=2))
    with pytest.raises(ApiError, match="no offset"):
        offset("yesterday")


def test_labels_meet_their_requests_and_lonely_ones_are_left_out() -> None:
    def captured(event: str) -> str:
        return CapturedRequest(event, DUE, Payload("1,2", "CSV", "text/csv"), None).line()

    truths = [GroundTruth("a", "1").line(), GroundTruth("a", "0").line(), GroundTruth("z", "1").line()]
    [line] = merged([captured("a"), captured("b")], truths)
    assert json.loads(line)["groundTruthData"] == {"data": "0", "encoding": "CSV"}
    assert CapturedRequest.parse(line).event_id == "a"


class Watched:
    """An endpoint that captures, and schedules that watch it."""

    def __init__(self, aws: EmbeddedAws, host: Hosting, name: str) -> None:
        Images(aws.home).add(analyzer=ANALYZER)
        self.host, self.name = host, name
        capture = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{host.bucket}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        }
        self.endpoint = host.endpoint("yes", DataCaptureConfig=capture)

    def job(self, **environment: str) -> dict[str, Any]:
        """A definition inside a schedule."""
        place = {"S3Uri": f"s3://{self.host.bucket}/reports", "LocalPath": "/opt/ml/processing/output"}
        source = {"EndpointName": self.endpoint, "LocalPath": "/opt/ml/processing/input/endpoint"}
        return {
            "MonitoringInputs": [{"EndpointInput": source}],
            "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": place}]},
            "MonitoringResources": {"ClusterConfig": data_quality()["JobResources"]["ClusterConfig"]},
            "MonitoringAppSpecification": {"ImageUri": Images.uri("analyzer")},
            "RoleArn": self.host.role_arn,
            "Environment": {"none": "", **environment},
        }

    def schedule(self, config: dict[str, Any], expression: str = "cron(0 * ? * * *)") -> str:
        timed = {"ScheduleConfig": {"ScheduleExpression": expression}}
        self.host.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=self.name, MonitoringScheduleConfig={**timed, **config}
        )
        return self.name

    def run(self, *statuses: str, count: int = 1) -> list[dict[str, Any]]:
        """The executions once so many of them have one of the statuses, oldest first."""
        for _ in eventually():
            found: list[dict[str, Any]] = self.host.sagemaker.list_monitoring_executions(
                MonitoringScheduleName=self.name, SortBy="ScheduledTime", SortOrder="Ascending"
            )["MonitoringExecutionSummaries"]
            if sum(run["MonitoringExecutionStatus"] in statuses for run in found) >= count:
                return found
        raise AssertionError

    def reports(self) -> list[dict[str, Any]]:
        prefix = f"reports/{self.endpoint}/{self.name}/"
        found = self.host.s3.list_objects_v2(Bucket=self.host.bucket, Prefix=prefix).get("Contents", ())
        bodies = [self.host.s3.get_object(Bucket=self.host.bucket, Key=o["Key"])["Body"].read() for o in found]
        return [json.loads(body) for body in bodies]


@pytest.fixture
def watched(aws: EmbeddedAws, host: Hosting, unique: Callable[[str], str]) -> Any:
    made = Watched(aws, host, unique("watch"))
    yield made
    host.sagemaker.delete_monitoring_schedule(MonitoringScheduleName=made.name)


@pytest.mark.slow
def test_every_hour_the_requests_of_the_hour_are_analyzed(aws: EmbeddedAws, host: Hosting, watched: Watched) -> None:
    for _ in eventually():
        if aws.now().minute < 30:
            break
    with slow_motion(aws):  # all requests in one hour
        asked = aws.now()
        watched.schedule({"MonitoringJobDefinition": watched.job()})
        for _ in range(3):
            host.ask(watched.endpoint)
        assert aws.now().hour == asked.hour
    runs = watched.run("Completed")
    [report] = watched.reports()
    assert report["rows"] == 3
    assert report["start_time"] == f"{asked:%Y-%m-%dT%H:00:00Z}"
    assert all(f"{watched.endpoint}/{VARIANT}/{hour_folder(asked)}/" in file for file in report["files"])
    done = next(run for run in runs if run["MonitoringExecutionStatus"] == "Completed")
    assert done["ScheduledTime"].minute == done["ScheduledTime"].second == 0
    assert ":processing-job/" in done["ProcessingJobArn"]


@pytest.mark.slow
def test_violations_and_failures_are_told_apart(host: Hosting, watched: Watched) -> None:
    host.ask(watched.endpoint)
    told = {"verdict": "CompletedWithViolations: 3 features drifted"}
    watched.schedule({"MonitoringJobDefinition": watched.job(**told)})
    watched.run("CompletedWithViolations")
    host.sagemaker.update_monitoring_schedule(
        MonitoringScheduleName=watched.name,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinition": watched.job(code="3"),
        },
    )
    host.ask(watched.endpoint)
    failed = [run for run in watched.run("Failed") if run["MonitoringExecutionStatus"] == "Failed"]
    assert "exit code: 3" in failed[-1]["FailureReason"] or "No S3 objects found" in failed[-1]["FailureReason"]


@pytest.mark.slow
def test_an_hour_without_requests_fails_its_run(watched: Watched) -> None:
    watched.schedule({"MonitoringJobDefinition": watched.job()})
    [run] = watched.run("Failed")[:1]
    assert "No S3 objects found" in run["FailureReason"]


@pytest.mark.slow
def test_a_stopped_schedule_does_not_run_and_a_started_one_does(aws: EmbeddedAws, watched: Watched) -> None:
    sagemaker = watched.host.sagemaker
    watched.schedule({"MonitoringJobDefinition": watched.job()})
    for _ in eventually():
        described = sagemaker.describe_monitoring_schedule(MonitoringScheduleName=watched.name)
        if described["MonitoringScheduleStatus"] == "Scheduled":
            break
    with slow_motion(aws):  # no hour ends between the two
        sagemaker.stop_monitoring_schedule(MonitoringScheduleName=watched.name)
        before = len(watched.run(count=0))
    hour = aws.now().hour
    for _ in eventually():
        now = aws.now()
        if now.hour != hour and now.minute > 5:
            break
    assert len(watched.run(count=0)) == before
    sagemaker.start_monitoring_schedule(MonitoringScheduleName=watched.name)
    watched.run("Failed", count=before + 1)


@pytest.mark.slow
def test_a_definition_of_its_own_is_watched_with_its_baseline_at_once(
    host: Hosting, watched: Watched, unique: Callable[[str], str]
) -> None:
    name = unique("definition")
    host.s3.put_object(Bucket=host.bucket, Key="baseline/constraints.json", Body=b"{}")
    definition = data_quality(RoleArn=host.role_arn)
    definition["DataQualityAppSpecification"] = {"ImageUri": Images.uri("analyzer")}
    definition["DataQualityJobInput"]["EndpointInput"]["EndpointName"] = watched.endpoint
    [output] = definition["DataQualityJobOutputConfig"]["MonitoringOutputs"]
    output["S3Output"]["S3Uri"] = f"s3://{host.bucket}/reports"
    constraints = {"ConstraintsResource": {"S3Uri": f"s3://{host.bucket}/baseline/constraints.json"}}
    host.sagemaker.create_data_quality_job_definition(
        JobDefinitionName=name, **definition, DataQualityBaselineConfig=constraints
    )
    for _ in eventually():
        host.ask(watched.endpoint)
        if "Contents" in host.s3.list_objects_v2(Bucket=host.bucket, Prefix="capture/"):
            break
    now = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT2H", "DataAnalysisEndTime": "PT1H"}
    config = {"MonitoringJobDefinitionName": name, "MonitoringType": "DataQuality", "ScheduleConfig": now}
    host.sagemaker.create_monitoring_schedule(MonitoringScheduleName=watched.name, MonitoringScheduleConfig=config)
    run = watched.run("Completed")[-1]
    assert (run["MonitoringType"], run["MonitoringJobDefinitionName"]) == ("DataQuality", name)
    assert watched.reports()[0]["baseline"] == "{}"
    [listed] = host.sagemaker.list_data_quality_job_definitions(NameContains=name)["JobDefinitionSummaries"]
    assert (listed["MonitoringJobDefinitionName"], listed["EndpointName"]) == (name, watched.endpoint)
    last = host.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=watched.name)
    assert last["LastMonitoringExecutionSummary"]["MonitoringExecutionStatus"] == "Completed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"MonitoringJobDefinitionName": "nobody", "MonitoringType": "DataQuality"}, r"DataQuality.*nobody.*not exist"),
        ({}, "Exactly one of MonitoringJobDefinition and MonitoringJobDefinitionName"),
        ({"ScheduleConfig": {"ScheduleExpression": "now and then"}}, "ScheduleExpression now and then is no hourly"),
        ({"ScheduleConfig": {"ScheduleExpression": "NOW"}}, "NOW needs DataAnalysisStartTime"),
        ({"MonitoringJobDefinition": OF_NOBODY}, 'Could not find endpoint "nobody"'),
    ],
)
def test_a_schedule_that_cannot_run_is_refused(aws: EmbeddedAws, config: dict[str, Any], complaint: str) -> None:
    hourly = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}}
    with pytest.raises(ClientError, match=complaint):
        aws.client("sagemaker").create_monitoring_schedule(
            MonitoringScheduleName="watch", MonitoringScheduleConfig={**hourly, **config}
        )


@pytest.mark.slow
def test_a_run_that_may_outlast_its_schedule_is_refused(aws: EmbeddedAws, unique: Callable[[str], str]) -> None:
    """Of labels it may take half an hour where it comes each hour."""
    sagemaker, name = aws.client("sagemaker"), unique("long")
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 3601}}
    hourly, daily = ({"ScheduleConfig": {"ScheduleExpression": f"cron(0 {hours} ? * * *)"}} for hours in ("*", "0"))
    with pytest.raises(ClientError, match=r"3601 cannot exceed the frequency of the job.*up to 3600 seconds"):
        sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=name,
            MonitoringScheduleConfig={**hourly, "MonitoringJobDefinition": {**OF_NOBODY, **limit}},
        )
    rows = {
        "DataCapturedDestinationS3Uri": "s3://cap/",
        "DatasetFormat": {"Csv": {}},
        "LocalPath": "/opt/ml/processing/input",
    }
    app = {"ImageUri": "r/analyzer:1", "ProblemType": "BinaryClassification"}
    sagemaker.create_model_quality_job_definition(
        JobDefinitionName=name,
        ModelQualityAppSpecification=app,
        ModelQualityJobInput={"BatchTransformInput": rows, "GroundTruthS3Input": {"S3Uri": "s3://labels/"}},
        ModelQualityJobOutputConfig=OF_NOBODY["MonitoringOutputConfig"],
        JobResources=OF_NOBODY["MonitoringResources"],
        RoleArn=ROLE,
        StoppingCondition={"MaxRuntimeInSeconds": 1801},
    )
    own = {"MonitoringJobDefinitionName": name, "MonitoringType": "ModelQuality"}
    with pytest.raises(ClientError, match=r"ModelQuality schedules every 1:00:00 it can be up to 1800 seconds"):
        sagemaker.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig={**hourly, **own})
    sagemaker.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig={**daily, **own})
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)
