"""InvokeEndpoint: what reaches the model, what comes back, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.hosting import VARIANT, Hosting

pytestmark = pytest.mark.slow


def test_the_model_sees_what_the_caller_sent_and_the_caller_what_it_answered(host: Hosting) -> None:
    name = host.endpoint("yes")
    reply = host.runtime.invoke_endpoint(
        EndpointName=name,
        Body="headers",
        ContentType="text/csv",
        Accept="application/json",
        CustomAttributes="trace=7",
        InferenceId="row-1",
    )
    seen = json.loads(reply["Body"].read())
    assert (seen["content-type"], seen["accept"]) == ("text/csv", "application/json")
    assert seen["x-amzn-sagemaker-custom-attributes"] == "trace=7"
    assert seen["x-amzn-sagemaker-inference-id"] == "row-1"
    assert not any(header.startswith(("authorization", "x-amz-")) for header in seen)
    assert (reply["CustomAttributes"], reply["InvokedProductionVariant"]) == ("trace=7-back", VARIANT)
    assert reply["ContentType"] == "text/csv"


def test_who_asks_for_explanations_asks_the_model(host: Hosting) -> None:
    name = host.endpoint("yes")
    reply = host.runtime.invoke_endpoint(
        EndpointName=name, Body="headers", ContentType="text/csv", EnableExplanations="[1] > `0.8`"
    )
    assert json.loads(reply["Body"].read())["x-amzn-sagemaker-enable-explanations"] == "[1] > `0.8`"


def test_an_error_of_the_model_is_a_model_error(host: Hosting) -> None:
    name = host.endpoint("yes")
    with pytest.raises(host.runtime.exceptions.ModelError) as caught:
        host.ask(name, "fail 500")
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (answer["OriginalStatusCode"], answer["OriginalMessage"]) == (500, "as you wished")
    assert answer["LogStreamArn"].endswith(f":log-group:/aws/sagemaker/Endpoints/{name}")
    assert 'Received server error (500) from primary with message "as you wished"' in answer["Error"]["Message"]


def test_an_endpoint_that_is_not_there_is_not_found(host: Hosting) -> None:
    with pytest.raises(ClientError, match=r"\(ValidationError\).*Endpoint nowhere of account 000000000000 not found"):
        host.ask("nowhere")


def test_an_endpoint_that_failed_is_not_in_service(host: Hosting) -> None:
    name = f"{host.bucket}-endpoint"
    host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=host.config("broken"))
    host.until(name, "Failed")
    with pytest.raises(ClientError, match="is not in service"):
        host.ask(name)


def test_six_megabytes_pass_and_a_byte_more_does_not(host: Hosting) -> None:
    name = host.endpoint("yes")
    largest = 6 * 1024 * 1024
    assert host.ask(name, "x" * largest) == "yes"
    with pytest.raises(ClientError, match=f"exceeded {largest} bytes"):
        host.ask(name, "x" * (largest + 1))


def test_only_who_may_invoke_the_endpoint_may(
    host: Hosting, role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    name, other = host.endpoint("yes"), host.endpoint("no")
    arn = host.until(name, "InService")["EndpointArn"]
    caller = client_as(role("lambda", allow("sagemaker:InvokeEndpoint", on=arn)), "sagemaker-runtime")
    assert caller.invoke_endpoint(EndpointName=name, Body="1")["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match="AccessDenied"):
        caller.invoke_endpoint(EndpointName=other, Body="1")


def test_a_request_may_choose_its_variant(host: Hosting) -> None:
    name = host.endpoint(host.variant("one", "one", weight=1), host.variant("two", "two", weight=0))
    assert host.ask(name, TargetVariant="two") == "two"
    assert {host.ask(name) for _ in range(10)} == {"one"}
    with pytest.raises(ClientError, match="Variant three of endpoint"):
        host.ask(name, TargetVariant="three")


def test_a_shadow_variant_gets_a_copy_and_nobody_sees_its_answer(host: Hosting) -> None:
    shadow = host.variant("shadow", "Shadow")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{host.bucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Output"}],
    }
    name = host.endpoint("yes", ShadowProductionVariants=[shadow], DataCaptureConfig=capture)
    assert [host.ask(name) for _ in range(5)] == ["yes"] * 5
    for _ in eventually():
        found = host.s3.list_objects_v2(Bucket=host.bucket, Prefix=f"capture/{name}/Shadow/").get("Contents", ())
        bodies = [host.s3.get_object(Bucket=host.bucket, Key=o["Key"])["Body"].read() for o in found]
        if sum(body.count(b"\n") for body in bodies) == 5:
            break


def test_requests_are_counted_by_variant_in_simulated_time(aws: EmbeddedAws, host: Hosting) -> None:
    name = host.endpoint(host.variant("yes", count=2))
    start = aws.now()
    for _ in range(6):
        host.ask(name)
    for status in ("fail 400", "fail 503"):
        with pytest.raises(ClientError):
            host.ask(name, status)

    def total(metric: str, statistic: str = "Sum") -> float:
        points = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": VARIANT}],
            StartTime=start - timedelta(minutes=2),
            EndTime=aws.now() + timedelta(minutes=2),
            Period=3600 * 24,
            Statistics=[statistic],
        )["Datapoints"]
        return sum(point[statistic] for point in points)

    for _ in eventually():
        if total("Invocations") == 8:
            break
    assert total("InvocationsPerInstance") == 4
    assert (total("Invocation4XXErrors"), total("Invocation5XXErrors"), total("InvocationModelErrors")) == (1, 1, 2)
    assert total("ModelLatency", "Minimum") > 100  # microseconds


def test_many_callers_at_a_time_are_answered_by_all_instances(host: Hosting) -> None:
    name = host.endpoint(host.variant("yes", count=2))
    with ThreadPoolExecutor(8) as callers:
        answers = Counter(callers.map(lambda _: host.ask_process(name), range(200)))
    assert sum(answers.values()) == 200
    assert len(answers) == 2
