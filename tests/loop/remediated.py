"""A team on the embedded AWS for the tests of remediation and its benchmark: what they do to it and see of it.

The monitor looks once in a day, so that a test says what a window showed: it writes the report that the monitor would,
and puts the alarm into ALARM. All the rest is the deployed code.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from core.contracts.events import SweepDue
from core.contracts.ledger import PARTITION_KEY, Key
from core.contracts.release import Release
from core.contracts.reports import LATEST, MonitorReport, QualityReport
from core.contracts.requests import RetrainingDue
from core.names import ModelNames, TeamNames
from core.remediation.items import from_item, key_item
from core.remediation.rows import EpisodeRow, ModelRow, Row
from demo.toolchain import ROOT, Toolchain
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws, eventually
from tests.lambdas.world import BETTER
from tests.local.hosting import SERVER
from tests.local.images import Images

NAMES = TeamNames("care", "dev")


def model(name: str, features: dict[str, str], **retraining: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": "fast",
        "features": features,
        "monitoring": {"period_hours": 24},
        "retraining": {"grace_minutes": 0, **retraining},
        "releasing": {"approval": "automatic", "canary_wait_minutes": 1},
    }


@dataclass
class Remediated:
    """The deployed team `care`."""

    aws: EmbeddedAws
    folder: Path

    @property
    def teams(self) -> Path:
        return self.folder / "teams"

    def deploy(self, *models: dict[str, Any], environments: Sequence[str] = (NAMES.environment,)) -> None:
        """Each environment gets all of the models."""
        self.teams.mkdir(exist_ok=True)
        kept = {"region": REGION, "retention": {"on_destroy": "delete"}}
        team = {
            "team": "care",
            "owners": ["owner@example.com"],
            "notify": {"email": ["team@example.com"]},
            "environments": [
                {"name": name, "network": {"cidr": f"10.{index}.0.0/16"}, **kept}
                for index, name in enumerate(environments)
            ],
            "models": list(models),
        }
        (self.teams / "care.yaml").write_text(yaml.safe_dump(team, sort_keys=False))
        tools = Toolchain(self.folder / "logs", self.folder / "cdk.out")
        tools.synth(ACCOUNT, {"teams": str(self.teams), "destroy-data": "true"})
        tools.bootstrap(self.aws.environment(), ACCOUNT, REGION)
        tools.deploy(self.aws.environment())

    # What happens to it.

    def window(self, names: ModelNames, package_arn: str, quality: float) -> None:
        """The newest report: labels say how right the model was, against 0.78 at its release."""
        end = self.aws.now()
        report = MonitorReport(
            endpoint=names.endpoint,
            schedule=names.monitor,
            package_arn=package_arn,
            start=(end - timedelta(days=1)).isoformat(),
            end=end.isoformat(),
            rows=1000,
            unreadable=0,
            features=(),
            prediction_drift=0.0,
            quality=QualityReport("accuracy", quality, quality - 0.02, quality + 0.02, 0.78, 900),
            labels=900,
            violations=(),
        )
        self.put(names.of, "reports", f"{names.report_prefix}{LATEST}", report.to_json())

    def record(self, names: ModelNames) -> str:
        """Version 1 is on record as in service, though no endpoint stands: what remediation reads is there."""
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{names.package_group}/1"
        released = (self.aws.now() - timedelta(days=9)).isoformat()
        kept = Release(names.endpoint, f"{names.endpoint}-v1", arn, "model", "baseline/", "evaluation", released)
        self.put(names.of, "models", names.release_key, kept.to_json())
        return arn

    def approve_version(self, names: ModelNames) -> str:
        """The next version of the model, judged better and approved; returns its package. Its program answers with a
        text."""
        Images(self.aws.home).add(serve=SERVER.read_text())
        folder = f"{names.artifact_prefix}{uuid.uuid4().hex[:12]}"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            entry = tarfile.TarInfo("answer.txt")
            entry.size = len(b"1")
            archive.addfile(entry, io.BytesIO(b"1"))
        self.put(names.of, "models", f"{folder}/model.tar.gz", packed.getvalue())
        self.put(names.of, "models", f"{folder}/evaluation/evaluation.json", BETTER.to_json())
        bucket = f"s3://{names.of.bucket('models', ACCOUNT, REGION)}/{folder}"

        def at(path: str) -> dict[str, dict[str, str]]:
            return {"Statistics": {"ContentType": "application/json", "S3Uri": f"{bucket}/{path}"}}

        made = self.aws.client("sagemaker").create_model_package(
            ModelPackageGroupName=names.package_group,
            InferenceSpecification={
                "Containers": [{"Image": Images.uri("serve"), "ModelDataUrl": f"{bucket}/model.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelMetrics={
                "ModelDataQuality": at("baseline/statistics.json"),
                "ModelQuality": at("evaluation/evaluation.json"),
            },
            ModelApprovalStatus="Approved",
        )
        return str(made["ModelPackageArn"])

    def approve_again(self, package_arn: str) -> None:
        sagemaker = self.aws.client("sagemaker")
        for status in ("Rejected", "Approved"):
            sagemaker.update_model_package(ModelPackageArn=package_arn, ModelApprovalStatus=status)

    def raise_alarm(self, names: ModelNames, *kinds: str) -> None:
        """Real transitions, one after the other."""
        cloudwatch = self.aws.client("cloudwatch")
        for kind in kinds:
            for state in ("OK", "ALARM"):
                cloudwatch.set_alarm_state(AlarmName=names.alarm(kind), StateValue=state, StateReason="a test says so")

    def recover(self, names: ModelNames, kind: str) -> None:
        cloudwatch = self.aws.client("cloudwatch")
        cloudwatch.set_alarm_state(AlarmName=names.alarm(kind), StateValue="OK", StateReason="a test says so")

    def sweep(self, *handlers: str) -> None:
        """What the schedule sends."""
        for handler in handlers or ("settle", "promote", "remediate"):
            self.send(handler, json.dumps(SweepDue.body()))

    def due(self, names: ModelNames, at: str = "") -> str:
        """What the schedule of a model sends when a run is due; returns the time."""
        at = at or f"{self.aws.now():%Y-%m-%dT%H:%M:%SZ}"
        self.send("remediate", json.dumps(RetrainingDue.body(names.endpoint, at)))
        return at

    def hear_again(self, episode: EpisodeRow) -> None:
        """Another copy of the event of an alarm's transition."""
        event = json.loads((ROOT / "tests" / "events" / "alarm_raised.json").read_text())
        event |= {"resources": [episode.source], "account": ACCOUNT, "region": REGION}
        event["detail"]["alarmName"] = episode.source.rpartition(":")[2]
        event["detail"]["state"]["timestamp"] = f"{episode.raised_at:%Y-%m-%dT%H:%M:%S}.000+0000"
        self.send("remediate", json.dumps(event))

    def drained(self, handler: str) -> None:
        """Every message of a queue is worked off."""
        sqs = self.aws.client("sqs")
        url = sqs.get_queue_url(QueueName=NAMES.queue(handler))["QueueUrl"]
        counted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

        def empty() -> bool:
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counted)["Attributes"]
            return all(found[name] == "0" for name in counted)

        until(empty)

    def send(self, handler: str, body: str) -> None:
        sqs = self.aws.client("sqs")
        url = sqs.get_queue_url(QueueName=NAMES.queue(handler))["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def put(self, team: TeamNames, purpose: str, key: str, body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.aws.client("s3").put_object(Bucket=team.bucket(purpose, ACCOUNT, REGION), Key=key, Body=content)

    def operator(self, command: str, *more: str) -> subprocess.CompletedProcess[str]:
        """`make approve` and the others, as a person calls them."""
        module = "tools.episodes" if command == "episodes" else "tools.remediation"
        words = ["care"] if command == "episodes" else [command, "care"]
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.run(
            [sys.executable, "-m", module, *words, "--environment", "dev", "--teams", str(self.teams), *more],
            cwd=ROOT,
            env={**own, **self.aws.environment()},
            text=True,
            capture_output=True,
            check=False,
            timeout=600,
        )

    # What can be seen of it.

    def rows(self, names: ModelNames) -> list[Row]:
        dynamodb = self.aws.client("dynamodb")
        found = dynamodb.query(
            TableName=names.of.ledger,
            ConsistentRead=True,
            KeyConditionExpression="#of = :of",
            ExpressionAttributeNames={"#of": PARTITION_KEY},
            ExpressionAttributeValues={":of": {"S": names.model}},
        )
        return [from_item(item) for item in found["Items"]]

    def row(self, names: ModelNames) -> ModelRow:
        table = self.aws.client("dynamodb")
        found = table.get_item(TableName=names.of.ledger, Key=key_item(Key.of_model(names.model)), ConsistentRead=True)
        row = from_item(found["Item"]) if "Item" in found else ModelRow(model=names.model)
        assert isinstance(row, ModelRow)
        return row

    def episodes(self, names: ModelNames) -> list[EpisodeRow]:
        """Oldest first."""
        found = [row for row in self.rows(names) if isinstance(row, EpisodeRow)]
        return sorted(found, key=lambda episode: episode.raised_at)

    def release(self, names: ModelNames) -> Release:
        """What is on record as in service."""
        bucket = names.of.bucket("models", ACCOUNT, REGION)
        found = self.aws.client("s3").get_object(Bucket=bucket, Key=names.release_key)
        return Release.from_json(found["Body"].read())

    def endpoint(self, names: ModelNames) -> dict[str, Any]:
        described: dict[str, Any] = self.aws.client("sagemaker").describe_endpoint(EndpointName=names.endpoint)
        return described

    def runs(self, names: ModelNames) -> list[str]:
        """Display names of the pipeline's executions."""
        listed = self.aws.client("sagemaker").list_pipeline_executions(PipelineName=names.pipeline)
        return [each.get("PipelineExecutionDisplayName", "") for each in listed["PipelineExecutionSummaries"]]

    def mails(self, about: str, names: ModelNames) -> list[dict[str, Any]]:
        subject = f"[{names.endpoint}] {about}"
        return [mail for mail in self.aws.outbox() if mail["to"] == "team@example.com" and mail["subject"] == subject]


def until(seen: Callable[[], Any]) -> Any:
    """What is seen once it is there. Raises TimeoutError."""
    found = seen()
    for _ in eventually():
        if found:
            break
        found = seen()
    return found
