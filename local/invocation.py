"""Asynchronous Lambda invocations as AWS documents them: retries, event age, dead letters and destinations.

Also the permission that a service needs to invoke a function, and the class
of an exception as its `errorType`.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from local import clock
from local.credentials import role_client
from local.delivery import Undelivered, queue_url
from local.service import ApiError
from local.targets import call_for

HOOKS = (
    "ministack.services.lambda_svc:invoke_async_with_retry _execute_function _get_func_record_for_ref"
    " _execution_record_for_config",
    "ministack.core.iam_evaluator:evaluate_resource_policy EvalContext",
    "ministack.core.concurrency:spawn_background",
)

PAUSES_S = (60.0, 120.0)
"""Simulated seconds before the first and the second retry."""

PRINCIPAL = "lambda.amazonaws.com"


def install() -> None:
    native = lambda_svc._execute_function

    def execute(function: dict[str, Any], event: Any) -> dict[str, Any]:
        result: dict[str, Any] = native(function, event)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            body["errorType"] = error_type(result.get("log") or "") or body["errorType"]
        return result

    lambda_svc._execute_function = execute
    lambda_svc.invoke_async_with_retry = invoke_later


def invoke_as_service(arn: str, event: Any, principal: str, source_arn: str) -> None:
    """Invoke asynchronously for a service; Undelivered without a function or without its permission."""
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        raise Undelivered("RESOURCE_NOT_FOUND", f"Function not found: {arn}", again=False)
    if not permitted(function.get("policy"), arn, principal, source_arn):
        text = f"{principal} is not authorized to perform: lambda:InvokeFunction on resource: {arn}"
        raise Undelivered("NO_PERMISSIONS", text, again=False)
    invoke_later(lambda_svc._execution_record_for_config(function, config), event)


def permitted(policy: dict[str, Any] | None, arn: str, principal: str, source_arn: str) -> bool:
    """Whether a function's resource policy lets a service invoke it for `source_arn` (a rule, a topic, an alarm)."""
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

    source = {"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()}
    context = EvalContext("*", "Service", "", "lambda:InvokeFunction", arn, get_region(), service_context=source)
    return bool(evaluate_resource_policy(policy, context, service=principal).decision == "Allow")


def invoke_later(record: dict[str, Any], event: Any) -> None:
    """Accept an event for a function and return; the rest happens in the background."""
    spawn_background(_run, record, event, thread_name="invocation")


def error_type(log: str) -> str | None:
    """Class name of the exception whose traceback ends `log`: the first line after the frames, up to its colon."""
    _, frame, rest = log.rpartition("\n  File ")
    for line in rest.splitlines()[1:] if frame else []:
        if not line.startswith(" "):
            return line.split(":")[0].rpartition(".")[2].strip() or None
    return None


def _run(record: dict[str, Any], event: Any) -> None:
    config = record["config"]
    asked = record.get("event_invoke_config") or (record.get("event_invoke_configs") or {}).get("$LATEST") or {}
    retries = asked.get("MaximumRetryAttempts")
    age_s = float(asked.get("MaximumEventAgeInSeconds") or 21600)
    pauses = PAUSES_S[: 2 if retries is None else int(retries)]
    destinations = asked.get("DestinationConfig") or {}
    accepted, request = clock.epoch(), str(uuid.uuid4())

    result = lambda_svc._execute_function(record, event)
    attempts, condition = 1, "Success"
    for pause in pauses:
        if not result.get("error"):
            break
        if clock.epoch() + pause - accepted > age_s:
            condition = "EventAgeExceeded"
            break
        clock.sleep(pause)
        result = lambda_svc._execute_function(record, event)
        attempts += 1
    failed = bool(result.get("error"))
    if failed and condition == "Success":
        condition = "RetriesExhausted"

    destination = destinations.get("OnFailure" if failed else "OnSuccess") or {}
    if destination.get("Destination"):
        document = _envelope(config, request, condition, attempts, event, result)
        _send(config, destination["Destination"], json.dumps(document), failed)
    if failed and (config.get("DeadLetterConfig") or {}).get("TargetArn"):
        _bury(config, config["DeadLetterConfig"]["TargetArn"], request, event, result)


def _envelope(
    config: dict[str, Any], request: str, condition: str, attempts: int, event: Any, result: dict[str, Any]
) -> dict[str, Any]:
    """The invocation record that destinations get."""
    response = {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST")}
    if result.get("error"):
        response["functionError"] = result.get("function_error") or "Unhandled"
    return {
        "version": "1.0",
        "timestamp": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": request,
            "functionArn": f"{config['FunctionArn']}:{config.get('Version', '$LATEST')}",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": response,
        "responsePayload": result.get("body"),
    }


def _send(config: dict[str, Any], arn: str, document: str, failed: bool) -> None:
    detail = f"Lambda Function Invocation Result - {'Failure' if failed else 'Success'}"
    call = call_for(arn, document, {"EventBridgeParameters": {"Source": "lambda", "DetailType": detail}})
    call.make(_client(config, call.service))


def _bury(config: dict[str, Any], arn: str, request: str, event: Any, result: dict[str, Any]) -> None:
    """The dead-letter queue (or topic) of a function gets the event itself; what went wrong is in its attributes."""
    body = result.get("body")
    message = str(body.get("errorMessage", "")) if isinstance(body, dict) else str(body)
    texts = {
        "RequestID": ("String", request),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", message[:1024]),
    }
    attributes = {name: {"DataType": kind, "StringValue": text or "-"} for name, (kind, text) in texts.items()}
    if arn.split(":")[2] == "sqs":
        sqs = _client(config, "sqs")
        sqs.send_message(QueueUrl=queue_url(arn), MessageBody=json.dumps(event), MessageAttributes=attributes)
    else:
        _client(config, "sns").publish(TopicArn=arn, Message=json.dumps(event), MessageAttributes=attributes)


def _client(config: dict[str, Any], service: str) -> Any:
    try:
        return role_client(service, config["Role"], config["FunctionName"], PRINCIPAL)
    except ApiError as error:
        raise Undelivered("AccessDeniedException", error.message, again=False) from None
