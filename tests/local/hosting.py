"""What tests of endpoints need: models, configurations and endpoints in an embedded AWS, by one line each."""

from __future__ import annotations

import io
import tarfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.start import EmbeddedAws, eventually
from tests.local.images import Images

SERVER = Path(__file__).with_name("tiny_server.py")
VARIANT = "AllTraffic"
SETTLED = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")


@dataclass
class Hosting:
    """One bucket, one execution role, and whatever a test makes of them."""

    aws: EmbeddedAws
    role_arn: str
    bucket: str = field(default_factory=lambda: f"hosting-{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.sagemaker, self.runtime, self.s3 = map(self.aws.client, ("sagemaker", "sagemaker-runtime", "s3"))
        self.s3.create_bucket(Bucket=self.bucket)
        Images(self.aws.home).add(tiny=SERVER.read_text())

    def model(self, answer: str, **members: Any) -> str:
        """A model that answers with a text."""
        name = f"model-{uuid.uuid4().hex[:8]}"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            entry = tarfile.TarInfo("answer.txt")
            entry.size = len(answer)
            archive.addfile(entry, io.BytesIO(answer.encode()))
        self.s3.put_object(Bucket=self.bucket, Key=f"{name}/model.tar.gz", Body=packed.getvalue())
        container = {"Image": Images.uri("tiny"), "ModelDataUrl": f"s3://{self.bucket}/{name}/model.tar.gz"}
        self.sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=self.role_arn, **members
        )
        return name

    def variant(self, answer: str, name: str = VARIANT, count: int = 1, weight: float = 1.0) -> dict[str, Any]:
        return {
            "VariantName": name,
            "ModelName": self.model(answer),
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": count,
            "InitialVariantWeight": weight,
        }

    def config(self, *variants: dict[str, Any] | str, **members: Any) -> str:
        """A configuration of variants; a text is a variant that answers with it."""
        name = f"config-{uuid.uuid4().hex[:8]}"
        entries = [self.variant(entry) if isinstance(entry, str) else entry for entry in variants]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=entries, **members)
        return name

    def endpoint(self, *variants: dict[str, Any] | str, **members: Any) -> str:
        """A new endpoint that is in service."""
        name = f"endpoint-{uuid.uuid4().hex[:8]}"
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=self.config(*variants, **members))
        self.until(name, "InService")
        return name

    def until(self, endpoint: str, *statuses: str) -> dict[str, Any]:
        """DescribeEndpoint once it has one of the statuses."""
        for _ in eventually():
            described: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=endpoint)
            if described["EndpointStatus"] in statuses:
                return described
        raise AssertionError

    def ask(self, endpoint: str, body: str = "1,2", **members: Any) -> str:
        """What the endpoint answers, without the id of the process that answered."""
        return self.ask_process(endpoint, body, **members)[0]

    def ask_process(self, endpoint: str, body: str = "1,2", **members: Any) -> tuple[str, int]:
        reply = self.runtime.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType="text/csv", **members)
        answer, _, process = reply["Body"].read().decode().partition(",")
        return answer, int(process)

    def delete_endpoints(self) -> None:
        for endpoint in self.sagemaker.list_endpoints()["Endpoints"]:
            self.until(endpoint["EndpointName"], *SETTLED)
            self.sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])
