"""Endpoints as boto3 sees them: born, answering, failing, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import held
from tests.local.hosting import VARIANT, Hosting

pytestmark = pytest.mark.slow


def test_an_endpoint_is_created_answers_and_is_deleted_with_its_process(host: Hosting) -> None:
    name = host.endpoint("yes")
    answer, process = host.ask_process(name)
    assert answer == "yes"
    host.sagemaker.delete_endpoint(EndpointName=name)
    for _ in eventually():
        if not psutil.pid_exists(process):
            break
    with pytest.raises(ClientError, match="Could not find endpoint"):
        host.sagemaker.delete_endpoint(EndpointName=name)


def test_an_endpoint_s_process_listens_on_loopback_alone(host: Hosting) -> None:
    _, process = host.ask_process(host.endpoint("yes"))
    listening = [each for each in psutil.Process(process).net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}


def test_describe_tells_of_configuration_variants_and_images(host: Hosting) -> None:
    name = host.endpoint(host.variant("yes", count=2))
    described = host.until(name, "InService")
    [variant] = described["ProductionVariants"]
    assert described["EndpointConfigName"].startswith("config-")
    assert (variant["VariantName"], variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (VARIANT, 2, 2)
    assert variant["DeployedImages"][0]["SpecifiedImage"].endswith("/team-dev/tiny:tag")
    assert "FailureReason" not in described


def test_two_instances_are_two_processes(host: Hosting) -> None:
    name = host.endpoint(host.variant("yes", count=2))
    assert len({host.ask_process(name)[1] for _ in range(40)}) == 2


def test_a_role_that_may_not_read_the_model_fails_the_endpoint(
    aws: EmbeddedAws, host: Hosting, role: Callable[..., str]
) -> None:
    host.role_arn = role("sagemaker")
    name = f"{host.bucket}-endpoint"
    host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=host.config("yes"))
    reason = host.until(name, "Failed")["FailureReason"]
    assert "the role passed to CreateModel has permissions" in reason
    assert "AccessDenied" in reason


def test_a_model_that_does_not_start_fails_the_endpoint_and_leaves_its_words_in_the_log(host: Hosting) -> None:
    name = f"{host.bucket}-endpoint"
    host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=host.config("broken"))
    assert "did not pass the ping health check" in host.until(name, "Failed")["FailureReason"]
    events = host.aws.client("logs").filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["events"]
    assert "the model is broken" in [event["message"] for event in events]


def test_a_failed_endpoint_can_only_be_deleted(host: Hosting) -> None:
    name = f"{host.bucket}-endpoint"
    host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=host.config("broken"))
    host.until(name, "Failed")
    with pytest.raises(ClientError, match="can only be deleted"):
        host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=host.config("yes"))


def test_an_ordered_failure_fails_the_next_endpoint(host: Hosting) -> None:
    order = {"kind": "Endpoint", "phase": "create", "reason": "Unable to provision requested ML compute capacity"}
    host.aws.post("sagemaker/fail", order)
    name = f"{host.bucket}-endpoint"
    host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=host.config("yes"))
    assert host.until(name, "Failed")["FailureReason"] == order["reason"]


def test_nothing_may_change_an_endpoint_in_progress(host: Hosting) -> None:
    name = f"{host.bucket}-endpoint"
    config = host.config("yes")
    calls: list[Callable[[], Any]] = [
        lambda: host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config),
        lambda: host.sagemaker.delete_endpoint(EndpointName=name),
        lambda: host.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": VARIANT, "DesiredInstanceCount": 2}]
        ),
    ]
    with held(host.aws):
        host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        for call in calls:
            with pytest.raises(ClientError, match=f'Cannot update in-progress endpoint "arn:.*endpoint/{name}"'):
                call()


def test_names_are_unique_and_configurations_must_exist(host: Hosting) -> None:
    name = host.endpoint("yes")
    config = host.config("yes")
    with pytest.raises(ClientError, match='Cannot create already existing endpoint "arn:'):
        host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    with pytest.raises(ClientError, match='Could not find endpoint configuration "arn:'):
        host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="nowhere")


def test_capacity_and_weights_change_with_their_processes(host: Hosting) -> None:
    name = host.endpoint(host.variant("one", "one"), host.variant("two", "two"))
    changes = [{"VariantName": "one", "DesiredInstanceCount": 2}, {"VariantName": "two", "DesiredWeight": 0.0}]
    host.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=changes)
    described = host.until(name, "InService")
    one, two = described["ProductionVariants"]
    assert (one["CurrentInstanceCount"], two["CurrentWeight"]) == (2, 0.0)
    answers = {host.ask_process(name) for _ in range(30)}
    assert {answer for answer, _ in answers} == {"one"}
    assert len(answers) == 2
    changes = [{"VariantName": "one", "DesiredInstanceCount": 1}]
    host.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=changes)
    host.until(name, "InService")
    gone = {process for _, process in answers} - {host.ask_process(name)[1]}
    assert not any(psutil.pid_exists(process) for process in gone)


def test_a_process_that_dies_is_replaced(host: Hosting) -> None:
    name = host.endpoint("yes")
    before = host.ask_process(name)[1]
    with pytest.raises(ClientError, match="ModelError"):
        host.ask(name, "exit")
    for _ in eventually():
        described = host.until(name, "InService", "SystemUpdating")
        if described["EndpointStatus"] == "InService" and _answers_anew(host, name, before):
            break


def _answers_anew(host: Hosting, name: str, before: int) -> bool:
    try:
        return host.ask_process(name)[1] != before
    except ClientError:
        return False


def test_an_endpoint_whose_model_cannot_come_back_is_out_of_service(aws: EmbeddedAws, host: Hosting) -> None:
    name = host.endpoint("yes")
    [answer] = aws.home.glob(f"tmp/endpoints/{name}/*/{VARIANT}/model/answer.txt")
    answer.write_text("broken")
    with pytest.raises(ClientError, match="ModelError"):
        host.ask(name, "exit")
    assert "ping health check" in host.until(name, "OutOfService")["FailureReason"]
    with pytest.raises(ClientError, match="is not in service: its status is OutOfService"):
        host.ask(name)
