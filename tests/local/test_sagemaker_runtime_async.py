"""InvokeEndpointAsync: in through S3, out through S3, and a message when it is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.hosting import Hosting

pytestmark = pytest.mark.slow


def test_the_answer_comes_to_s3_and_the_news_to_the_topic(
    aws: EmbeddedAws, host: Hosting, role: Callable[..., str], queue: Callable[[], tuple[str, str]], unique: Any
) -> None:
    url, arn = queue()
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name=unique("done"))["TopicArn"]
    policy = {"Statement": [{**allow("sqs:SendMessage", on=arn), "Principal": {"Service": "sns.amazonaws.com"}}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", **policy})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    host.role_arn = role("sagemaker", allow("s3:*"), allow("sns:Publish", on=topic))
    name = host.endpoint("yes", AsyncInferenceConfig=_config(host, SuccessTopic=topic, ErrorTopic=topic))
    host.s3.put_object(Bucket=host.bucket, Key="in/rows.csv", Body=b"1,2")
    good = _ask(host, name, InputLocation=f"s3://{host.bucket}/in/rows.csv", InferenceId="good")
    assert (good["InferenceId"], good["OutputLocation"]) == ("good", f"s3://{host.bucket}/out/good.out")
    assert _object(host, "out/good.out").startswith("yes,")
    host.s3.put_object(Bucket=host.bucket, Key="in/bad.csv", Body=b"fail 500")
    _ask(host, name, InputLocation=f"s3://{host.bucket}/in/bad.csv", InferenceId="bad")
    assert "as you wished" in _object(host, "failed/bad-error.out")
    told: dict[str, Any] = {}
    for _ in eventually():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
            body = json.loads(message["Body"])
            told[body["inferenceId"]] = body
        if len(told) == 2:
            break
    assert told["good"]["invocationStatus"] == "Completed"
    assert told["good"]["responseParameters"]["outputLocation"] == good["OutputLocation"]
    assert (told["bad"]["invocationStatus"], told["bad"]["eventName"]) == ("Failed", "InferenceResult")


def test_an_input_that_is_not_there_is_a_failure(host: Hosting) -> None:
    name = host.endpoint("yes", AsyncInferenceConfig=_config(host))
    _ask(host, name, InputLocation=f"s3://{host.bucket}/nothing", InferenceId="lost")
    assert "NoSuchKey" in _object(host, "failed/lost-error.out")


def test_each_kind_of_endpoint_takes_its_own_kind_of_call(host: Hosting) -> None:
    waiting, direct = host.endpoint("yes", AsyncInferenceConfig=_config(host)), host.endpoint("yes")
    with pytest.raises(ClientError, match="InvokeEndpointAsync alone"):
        host.ask(waiting)
    with pytest.raises(ClientError, match="does not support asynchronous inference"):
        _ask(host, direct, InputLocation="s3://b/k")


def _config(host: Hosting, **topics: str) -> dict[str, Any]:
    paths = {"S3OutputPath": f"s3://{host.bucket}/out", "S3FailurePath": f"s3://{host.bucket}/failed"}
    return {"OutputConfig": {**paths, **({"NotificationConfig": topics} if topics else {})}}


def _ask(host: Hosting, endpoint: str, **members: Any) -> dict[str, Any]:
    reply: dict[str, Any] = host.runtime.invoke_endpoint_async(EndpointName=endpoint, **members)
    return reply


def _object(host: Hosting, key: str) -> str:
    for _ in eventually():
        if host.s3.list_objects_v2(Bucket=host.bucket, Prefix=key).get("KeyCount"):
            return str(host.s3.get_object(Bucket=host.bucket, Key=key)["Body"].read().decode())
    raise AssertionError
