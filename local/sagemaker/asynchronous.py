"""InvokeEndpointAsync: the request lies in S3, and so will the answer; a topic tells when it is there.

Objects are read and written, and topics told, as the model's execution role.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ministack.core.concurrency import run_reentrant

from local.clock import now
from local.credentials import role_client
from local.sagemaker.container import UNTYPED, Answer, NoAnswer
from local.sagemaker.endpoints.building import session_of
from local.sagemaker.store import Record
from local.service import ApiError
from local.storage import STORAGE_FAULTS, Location, read

Headers = dict[str, str]
Response = tuple[int, Headers, bytes]
Ask = Callable[[bytes, Headers, float], Awaitable[Answer]]
"""(body, headers, seconds that the model may take) -> the model's answer, good or bad; raises NoAnswer."""

PREFIX = "x-amzn-sagemaker-"
TIMEOUT_S = 900
CONCURRENCY = 4
"""Requests that one instance works on at a time, where the configuration names no number."""


@dataclass(frozen=True, slots=True)
class Order:
    """One accepted request."""

    endpoint: str
    role_arn: str
    config: Record
    headers: Headers
    body: bytes
    received: datetime
    id: str

    @property
    def output(self) -> str:
        """Where the answer will lie; the failure's text lies in S3FailurePath under the same name."""
        folder = self.config["OutputConfig"]["S3OutputPath"].rstrip("/")
        extension = self.header("s3outputpathextension")
        return "/".join(part for part in (folder, extension, self.header("filename") or f"{self.id}.out") if part)

    @property
    def failure(self) -> str | None:
        folder = self.config["OutputConfig"].get("S3FailurePath")
        return f"{folder.rstrip('/')}/{self.id}-error.out" if folder else None

    def header(self, name: str) -> str | None:
        return self.headers.get(f"{PREFIX}{name}")


class AsyncInvocations:
    """Accepted requests on their way through the model."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, order: Order, instances: int, ask: Ask) -> Response:
        """202 with where the answer will lie; ApiError for a request that has not exactly one input."""
        if bool(order.body) == bool(order.header("inputlocation")):
            raise ApiError("ValidationError", "Exactly one of Body and InputLocation must be given.")
        each = order.config.get("ClientConfig", {}).get("MaxConcurrentInvocationsPerInstance", CONCURRENCY)
        most = each * instances
        place = self._places.setdefault((order.endpoint, most), asyncio.Semaphore(most))
        task = asyncio.get_running_loop().create_task(self._work(order, place, ask))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        reply = {"Content-Type": "application/json", "X-Amzn-SageMaker-OutputLocation": order.output}
        if order.failure:
            reply["X-Amzn-SageMaker-FailureLocation"] = order.failure
        return 202, reply, json.dumps({"InferenceId": order.id}).encode()

    async def _work(self, order: Order, place: asyncio.Semaphore, ask: Ask) -> None:
        async with place:
            try:
                answer = await self._answer(order, ask)
                await run_reentrant(_store, order, order.output, answer.body, answer.content_type)
                outcome = {"invocationStatus": "Completed"}
                parameters = {"contentType": answer.content_type, "outputLocation": order.output}
            except (NoAnswer, ApiError, *STORAGE_FAULTS) as fault:
                outcome, parameters = {"invocationStatus": "Failed", "failureReason": str(fault)}, {}
                if order.failure:
                    await run_reentrant(_store, order, order.failure, str(fault).encode(), "text/plain")
            await run_reentrant(_tell, order, outcome, parameters)

    async def _answer(self, order: Order, ask: Ask) -> Answer:
        waited = (now() - order.received).total_seconds()
        if waited > float(order.header("requestttlseconds") or 21_600):
            raise NoAnswer(f"The request expired in the queue after {waited:.0f} seconds.")
        body = order.body or await run_reentrant(_load, order)
        kind, accepted = order.header("content-type") or UNTYPED, order.header("accept") or "*/*"
        headers = {**order.headers, "content-type": kind, "accept": accepted}
        answer = await ask(body, headers, float(order.header("invocationtimeoutseconds") or TIMEOUT_S))
        if not answer.successful:
            text = answer.body.decode("utf-8", errors="replace")
            raise NoAnswer(f'Received error ({answer.status}) from primary with message "{text}".')
        return answer


def order_of(endpoint: str, role_arn: str, config: Record | None, headers: Headers, body: bytes) -> Order:
    """ApiError where the endpoint is no asynchronous one."""
    if config is None:
        raise ApiError("ValidationError", f"Endpoint {endpoint} does not support asynchronous inference.")
    inference_id = headers.get(f"{PREFIX}inference-id") or str(uuid.uuid4())
    return Order(endpoint, role_arn, config, headers, body, now(), inference_id)


def _client(order: Order, service: str) -> Any:
    return role_client(service, order.role_arn, session_of(order.endpoint))


def _load(order: Order) -> bytes:
    return read(_client(order, "s3"), Location.of(str(order.header("inputlocation"))))


def _store(order: Order, uri: str, body: bytes, content_type: str) -> None:
    location, key = Location.of(uri), order.config["OutputConfig"].get("KmsKeyId")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    place = {"Bucket": location.bucket, "Key": location.key}
    _client(order, "s3").put_object(**place, Body=body, ContentType=content_type, **encryption)


def _tell(order: Order, outcome: dict[str, str], parameters: dict[str, str]) -> None:
    """Publish to the topic for this outcome, where there is one. Source: guide, "Check prediction results"."""
    which = "SuccessTopic" if outcome["invocationStatus"] == "Completed" else "ErrorTopic"
    topic = order.config["OutputConfig"].get("NotificationConfig", {}).get(which)
    if topic is None:
        return
    asked = {"endpointName": order.endpoint, "inputLocation": order.header("inputlocation")}
    message = {
        "awsRegion": topic.split(":")[3],
        "eventTime": now().isoformat(),
        "receivedTime": order.received.isoformat(),
        **outcome,
        "requestParameters": {name: value for name, value in asked.items() if value},
        "responseParameters": parameters,
        "inferenceId": order.id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    _client(order, "sns").publish(TopicArn=topic, Message=json.dumps(message))
