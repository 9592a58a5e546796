"""What EventBridge rules, SNS topics and S3 buckets deliver to, with permission, retry policy and dead letters.

ministack matches events and makes each target's payload; it then knows no
failure. Here a delivery needs what AWS demands (the queue's, topic's or
function's policy, or the target's role) and ends in the target's
DeadLetterConfig where it cannot be made.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id
from ministack.services import eventbridge, s3, sns, sqs

from local.credentials import account_client, role_client
from local.delivery import RetryPolicy, Undelivered, deliver, queue_url
from local.invocation import invoke_as_service
from local.service import ApiError
from local.targets import call_for

HOOKS = (
    "ministack.services.eventbridge:_invoke_target _dispatch_to_lambda _dispatch_to_sqs _dispatch_to_sns"
    " _dispatch_to_stepfunctions",
    "ministack.services.sns:_deliver_to_lambda topic_policy_allows",
    "ministack.services.sqs:queue_policy_allows",
    "ministack.services.s3:_deliver_event_to_lambda",
    "ministack.core.concurrency:spawn_background",
)

EVENTS, TOPICS, BUCKETS = "events.amazonaws.com", "sns.amazonaws.com", "s3.amazonaws.com"

log = logging.getLogger(__name__)

_target: ContextVar[tuple[dict[str, Any], dict[str, Any]]] = ContextVar("target")
"""The target and the rule for which ministack is making a payload."""


def install() -> None:
    native = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        token = _target.set((target, rule))
        try:
            if ":pipeline/" in target["Arn"]:  # SageMaker, of which ministack knows nothing
                _deliver_later(target["Arn"], "{}")
            else:
                native(target, event, rule, view)
        finally:
            _target.reset(token)

    eventbridge._invoke_target = invoke
    eventbridge._dispatch_to_lambda = eventbridge._dispatch_to_sns = _deliver_later
    eventbridge._dispatch_to_stepfunctions = _deliver_later
    eventbridge._dispatch_to_sqs = lambda spec, payload, parameters=None: _deliver_later(str(spec), payload)
    sns._deliver_to_lambda = _notify_of_message
    s3._deliver_event_to_lambda = _notify_of_object


def _deliver_later(arn: str, payload: str) -> None:
    target, rule = _target.get()
    spawn_background(_deliver, arn, payload, target, rule, thread_name="rule-target")


def _deliver(arn: str, payload: str, target: dict[str, Any], rule: dict[str, Any]) -> None:
    failure = deliver(lambda number: _attempt(arn, payload, target, rule["Arn"]), RetryPolicy.of(target))
    if failure is None:
        return
    log.warning("rule %s could not reach %s: %s %s", rule["Name"], arn, failure.code, failure.message)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if queue and sqs.queue_policy_allows(queue, EVENTS, rule["Arn"], get_account_id()):
        attributes = failure.attributes(RULE_ARN=rule["Arn"], TARGET_ARN=arn)
        letter = {"QueueUrl": queue_url(queue), "MessageBody": payload, "MessageAttributes": attributes}
        account_client("sqs").send_message(**letter)


def _attempt(arn: str, payload: str, target: dict[str, Any], rule_arn: str) -> None:
    service = arn.split(":")[2]
    if service == "lambda":
        invoke_as_service(arn, json.loads(payload), EVENTS, rule_arn)
        return
    call = call_for(arn, payload, target)
    if service in ("sqs", "sns"):
        allows = sqs.queue_policy_allows if service == "sqs" else sns.topic_policy_allows
        if not allows(arn, EVENTS, rule_arn, get_account_id()):
            raise Undelivered("NO_PERMISSIONS", f"The policy of {arn} does not let {EVENTS} deliver", again=False)
        call.make(account_client(service))
        return
    try:
        call.make(role_client(call.service, target.get("RoleArn", ""), "rule", EVENTS))
    except ApiError as error:
        raise Undelivered("NO_PERMISSIONS", error.message, again=False) from None


def _notify_of_message(endpoint: str, envelope: str, topic: str, subscription: str, *rest: Any) -> None:
    record = {"EventVersion": "1.0", "EventSubscriptionArn": subscription, "EventSource": "aws:sns"}
    _notify(endpoint, {"Records": [{**record, "Sns": json.loads(envelope)}]}, TOPICS, topic)


def _notify_of_object(arn: str, event: dict[str, Any], region: str) -> None:
    _notify(arn, event, BUCKETS, event["Records"][0]["s3"]["bucket"]["arn"])


def _notify(arn: str, event: dict[str, Any], principal: str, source: str) -> None:
    try:
        invoke_as_service(arn, event, principal, source)
    except Undelivered as undelivered:
        log.warning("%s could not reach %s: %s", source, arn, undelivered.message)
