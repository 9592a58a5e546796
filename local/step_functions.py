"""Step Functions: tasks act as the state machine's role, and SageMaker's jobs can be waited for.

Lambda tasks, `aws-sdk:*` tasks of any service and `sagemaker:*` tasks go
through the front door with the role's credentials, so IAM applies. Waiting
and retrying take simulated time.
"""

from __future__ import annotations

import json
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from local import clock
from local.credentials import role_client
from local.delivery import Undelivered
from local.service import ApiError
from local.targets import Call, botocore_name

HOOKS = (
    "ministack.services.stepfunctions:_execute_task _invoke_resource _invoke_aws_sdk_integration _call_lambda"
    " _state_machines _ExecutionError _AWS_SDK_ERROR_PREFIX _SFN_WAIT_SCALE _sleep_until",
)

PRINCIPAL = "states.amazonaws.com"
FINISHED = ("Completed", "Failed", "Stopped")
POLL_S = 0.2

_role: ContextVar[str] = ContextVar("state machine role", default="")


def install() -> None:
    from ministack.services import stepfunctions

    task, resource = stepfunctions._execute_task, stepfunctions._invoke_resource

    def execute_task(state: Any, given: Any, execution: dict[str, Any], context: Any) -> Any:
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
        token = _role.set(machine.get("roleArn", ""))
        try:
            return task(state, given, execution, context)
        finally:
            _role.reset(token)

    def invoke_resource(arn: str, given: dict[str, Any]) -> Any:
        return _sagemaker(arn, given) if ":states:::sagemaker:" in arn else resource(arn, given)

    def invoke_sdk(arn: str, given: dict[str, Any]) -> Any:
        service, action = arn.split(":")[6:8]
        return _plain(_call(service, action, given))

    stepfunctions._execute_task, stepfunctions._invoke_resource = execute_task, invoke_resource
    stepfunctions._invoke_aws_sdk_integration, stepfunctions._call_lambda = invoke_sdk, _invoke_function
    stepfunctions._SFN_WAIT_SCALE, stepfunctions._sleep_until = clock.real_seconds(1), _sleep_until


def _sagemaker(arn: str, given: dict[str, Any]) -> Any:
    """`sagemaker:createTrainingJob`; with `.sync`, the job's description once it is over."""
    action, _, mode = arn.rpartition(":")[2].partition(".")
    answer = _plain(_call("sagemaker", action, given))
    if mode != "sync":
        return answer
    kind = action.removeprefix("create")
    while True:
        found = _plain(_call("sagemaker", f"describe{kind}", {f"{kind}Name": given[f"{kind}Name"]}))
        if found[f"{kind}Status"] in FINISHED:
            break
        time.sleep(POLL_S)
    if found[f"{kind}Status"] != "Completed":
        raise _failure("States.TaskFailed", json.dumps(found))
    return found


def _invoke_function(reference: str, event: Any) -> Any:
    """What the function returned; its exception's class is the error that Catch and Retry see."""
    answer = _call("lambda", "invoke", {"FunctionName": reference, "Payload": json.dumps(event)})
    result = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        raise _failure(result.get("errorType", "Lambda.Unknown"), json.dumps(result))
    return result


def _call(service: str, action: str, given: dict[str, Any]) -> dict[str, Any]:
    try:
        call = Call(botocore_name(service), action[:1].upper() + action[1:], given)
        return call.make(role_client(call.service, _role.get(), "states", PRINCIPAL))
    except Undelivered as refused:
        from ministack.services.stepfunctions import _AWS_SDK_ERROR_PREFIX

        prefix = _AWS_SDK_ERROR_PREFIX.get(service.lower(), service.capitalize())
        code = refused.code if refused.code.endswith("Exception") else f"{refused.code}Exception"
        raise _failure(f"{prefix}.{code}", refused.message) from None
    except ApiError as error:
        raise _failure("States.Permissions", error.message) from None


def _failure(error: str, cause: str) -> Exception:
    from ministack.services.stepfunctions import _ExecutionError

    failure: Exception = _ExecutionError(error, cause)
    return failure


def _plain(value: Any) -> Any:
    """An answer of boto3 as the JSON that a state passes on."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.read().decode() if hasattr(value, "read") else value


def _sleep_until(moment: str) -> None:
    clock.sleep(datetime.fromisoformat(moment).timestamp() - clock.epoch())
