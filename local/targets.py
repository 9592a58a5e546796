"""The API call that a target stands for: from an ARN and a payload to an operation with parameters."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from local import settings
from local.delivery import Undelivered, queue_url
from local.service import coerce
from local.service.service import service_model

UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
SERVICES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
"""Names in universal targets and state machines that differ from botocore's once hyphens are dropped."""

_TRANSIENT = ("ThrottlingException", "TooManyRequestsException", "ServiceUnavailable", "ProvisionedThroughputExceeded")


@dataclass(frozen=True, slots=True)
class Call:
    """`service` and `operation` as botocore names them; `params` in the API's own member names."""

    service: str
    operation: str
    params: dict[str, Any]

    def make(self, client: Any) -> dict[str, Any]:
        """The answer; Undelivered where the call is wrong or is refused."""
        shape = service_model(self.service).operation_model(self.operation).input_shape
        params = coerce(shape, self.params) if shape is not None else {}
        try:
            answer: dict[str, Any] = getattr(client, xform_name(self.operation))(**params)
        except ClientError as error:
            told, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            again = status >= 500 or told["Code"] in _TRANSIENT
            raise Undelivered(told["Code"], told.get("Message", str(error)), again=again) from None
        except ParamValidationError as error:
            raise Undelivered("ValidationException", str(error), again=False) from None
        return answer


def call_for(arn: str, payload: str, target: Mapping[str, Any]) -> Call:
    """`target` holds what some targets need besides: SqsParameters, EventBridgeParameters, ...

    Raises Undelivered where the embedded AWS has no such target.
    """
    if arn.startswith(UNIVERSAL):
        return _universal(arn, payload)
    service = arn.split(":")[2]
    if service == "lambda":
        return Call("lambda", "Invoke", {"FunctionName": arn, "InvocationType": "Event", "Payload": payload})
    if service == "sqs":
        return Call("sqs", "SendMessage", {"QueueUrl": queue_url(arn), "MessageBody": payload, **_fifo(target)})
    if service == "sns":
        return Call("sns", "Publish", {"TopicArn": arn, "Message": payload})
    if service == "states":
        return Call("stepfunctions", "StartExecution", {"stateMachineArn": arn, "input": payload})
    if service == "events":
        told = target.get("EventBridgeParameters") or {}
        return Call("events", "PutEvents", {"Entries": [{**told, "Detail": payload, "EventBusName": arn}]})
    if service == "sagemaker" and ":pipeline/" in arn:
        told = target.get("SageMakerPipelineParameters") or {}
        start = {"PipelineName": arn, "PipelineParameters": told.get("PipelineParameterList") or []}
        return Call("sagemaker", "StartPipelineExecution", {**start, "ClientRequestToken": uuid.uuid4().hex})
    raise Undelivered("InvalidTarget", f"The embedded AWS has no target of the kind of {arn}", again=False)


@cache
def botocore_name(service: str) -> str:
    """botocore's name of a service that a universal target or a state machine names (`sagemaker`, `sfn`)."""
    available = botocore.session.get_session().get_available_services()
    known: dict[str, str] = {name.replace("-", ""): name for name in available}
    wanted = SERVICES.get(service.lower(), service.lower())
    if wanted not in known:
        raise Undelivered("InvalidTarget", f"There is no AWS service called {service!r}", again=False)
    return known[wanted]


def _universal(arn: str, payload: str) -> Call:
    service, _, action = arn.removeprefix(UNIVERSAL).partition(":")
    name, operation = botocore_name(service), action[:1].upper() + action[1:]
    if operation not in service_model(name).operation_names:
        raise Undelivered("InvalidTarget", f"{name} has no operation {operation}", again=False)
    return Call(name, operation, json.loads(payload))


def _fifo(target: Mapping[str, Any]) -> dict[str, str]:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    return {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex} if group else {}


def account_of(arn: str) -> str:
    """Account of an ARN; the emulator's own where the ARN has none."""
    return arn.split(":")[4] or settings.current().account
