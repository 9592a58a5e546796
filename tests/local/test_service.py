"""A service on botocore's model: AWS's own words for faults, its wire form for answers, and dispatch to parts."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from local.service import ApiError, Service, coerce, shape_output
from local.service.service import service_model

ROLE = "arn:aws:iam::000000000000:role/training"


class Endpoints:
    """A part that answers two operations by methods, and remembers."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def create_model_package_group(self, params: dict[str, Any]) -> dict[str, Any]:
        self.seen.append(params)
        return {"ModelPackageGroupArn": "arn:aws:sagemaker:r:1:group/a", "NotInTheModel": 1}

    def start_pipeline_execution(self, params: dict[str, Any]) -> None:
        self.seen.append(params)

    def delete_model(self, params: dict[str, Any]) -> None:
        raise ApiError("ResourceNotFound", "no such model")

    def reset(self) -> None:
        self.seen.clear()


class Rest:
    """A part that answers whatever no method answers, and paths."""

    def fallback(self, operation: str) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
        return (lambda params: {"Models": []}) if operation == "ListModels" else None

    async def rest(self, method: str, path: str, *rest: Any) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, f"{method} {path}".encode()


@pytest.fixture
def service() -> Service:
    return Service("sagemaker", [Endpoints(), Rest()])


def refused(service: Service, operation: str, params: dict[str, Any]) -> ApiError:
    with pytest.raises(ApiError) as error:
        service.call(operation, params)
    return error.value


class TestValidation:
    def test_all_violations_come_in_one_answer(self, service: Service) -> None:
        error = refused(service, "CreateModel", {"ModelName": "-", "ExecutionRoleArn": ROLE, "Tags": [{"Key": "a"}]})
        assert error.code == "ValidationException"
        assert error.message.startswith("2 validation errors detected: ")
        assert (
            "Value '-' at 'modelName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?"
        ) in error.message
        assert (
            "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null" in error.message
        )

    @pytest.mark.parametrize(
        ("operation", "params", "constraint"),
        [
            ("DescribeModel", {}, "Value null at 'modelName'"),
            ("ListModels", {"SortBy": "Size"}, "Member must satisfy enum value set: [Name, CreationTime]"),
            ("ListModels", {"MaxResults": 0}, "Member must have value greater than or equal to 1"),
            ("ListModels", {"MaxResults": 101}, "Member must have value less than or equal to 100"),
            (
                "StartPipelineExecution",
                {"PipelineName": "p", "ClientRequestToken": "short"},
                "Member must have length greater than or equal to 32",
            ),
            (
                "CreateModelPackageGroup",
                {"ModelPackageGroupName": "g", "ModelPackageGroupDescription": "d" * 1025},
                "Member must have length less than or equal to 1024",
            ),
        ],
    )
    def test_each_constraint_has_awss_words(
        self, service: Service, operation: str, params: dict[str, Any], constraint: str
    ) -> None:
        error = refused(service, operation, params)
        assert error.message.startswith("1 validation error detected: ")
        assert constraint in error.message

    def test_a_value_of_another_type_is_no_request_at_all(self, service: Service) -> None:
        assert refused(service, "ListModels", {"MaxResults": "ten"}).code == "SerializationException"
        assert refused(service, "ListModels", {"MaxResults": True}).code == "SerializationException"

    def test_a_member_that_the_model_does_not_know_is_dropped(self, service: Service) -> None:
        assert service.call("ListModels", {"Colour": "red"}) == {"Models": []}


class TestDispatch:
    def test_a_part_answers_by_its_method_and_the_answer_is_cut_to_the_model(self, service: Service) -> None:
        answer = service.call("CreateModelPackageGroup", {"ModelPackageGroupName": "a"})
        assert answer == {"ModelPackageGroupArn": "arn:aws:sagemaker:r:1:group/a"}

    def test_an_idempotency_token_is_filled_in_and_a_given_one_is_kept(self, service: Service) -> None:
        seen = service.parts[0].seen  # type: ignore[attr-defined]
        service.call("StartPipelineExecution", {"PipelineName": "p"})
        service.call("StartPipelineExecution", {"PipelineName": "p", "ClientRequestToken": "t" * 32})
        assert len(seen[0]["ClientRequestToken"]) >= 32
        assert seen[1]["ClientRequestToken"] == "t" * 32

    def test_what_no_part_answers_is_named(self, service: Service) -> None:
        error = refused(service, "DescribeModel", {"ModelName": "a"})
        assert (error.status, "sagemaker:DescribeModel" in error.message) == (501, True)
        assert refused(service, "DescribeWeather", {}).code == "UnknownOperationException"

    def test_a_reset_reaches_the_parts(self, service: Service) -> None:
        service.call("CreateModelPackageGroup", {"ModelPackageGroupName": "a"})
        service.reset()
        assert service.parts[0].seen == []  # type: ignore[attr-defined]


class TestWire:
    def request(self, service: Service, operation: str, body: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
        headers = {"x-amz-target": f"SageMaker.{operation}"} if operation else {}
        status, told, answer = asyncio.run(service.handle_request("POST", "/", headers, body, {}))
        return status, told, json.loads(answer)

    def test_an_answer_is_json(self, service: Service) -> None:
        assert self.request(service, "ListModels", b"")[::2] == (200, {"Models": []})

    def test_a_refusal_names_its_type(self, service: Service) -> None:
        status, headers, body = self.request(service, "DeleteModel", b'{"ModelName": "a"}')
        assert (status, headers["x-amzn-errortype"]) == (400, "ResourceNotFound")
        assert body == {"__type": "ResourceNotFound", "message": "no such model"}

    @pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
    def test_what_is_no_json_object_is_refused(self, service: Service, body: bytes) -> None:
        assert self.request(service, "ListModels", body)[2]["__type"] == "SerializationException"

    def test_a_path_goes_to_the_part_that_serves_paths(self, service: Service) -> None:
        answer = asyncio.run(service.handle_request("POST", "/endpoints/a/invocations", {}, b"", {}))
        assert answer[2] == b"POST /endpoints/a/invocations"


class TestShapes:
    def test_properties_of_a_template_become_api_values(self) -> None:
        shape = service_model("sagemaker").shape_for("CreateEndpointConfigInput")
        variant = {"VariantName": "v", "InitialInstanceCount": "2", "InitialVariantWeight": "0.5", "Unknown": 1}
        given = {
            "EndpointConfigName": "c",
            "EnableNetworkIsolation": "true",
            "ProductionVariants": [variant],
            "KmsKeyId": None,
        }
        assert coerce(shape, given) == {
            "EndpointConfigName": "c",
            "EnableNetworkIsolation": True,
            "ProductionVariants": [{"VariantName": "v", "InitialInstanceCount": 2, "InitialVariantWeight": 0.5}],
        }

    def test_a_document_and_a_list_of_tags_become_what_the_api_wants(self) -> None:
        pipeline = service_model("sagemaker").shape_for("CreatePipelineRequest")
        assert coerce(pipeline, {"PipelineDefinition": {"Version": "1"}}) == {"PipelineDefinition": '{"Version": "1"}'}
        target = service_model("application-autoscaling").shape_for("RegisterScalableTargetRequest")
        assert coerce(target, {"Tags": [{"Key": "team", "Value": "risk"}]}) == {"Tags": {"team": "risk"}}

    def test_a_text_that_is_no_number_stays_for_validation_to_name(self) -> None:
        shape = service_model("sagemaker").shape_for("ListModelsInput")
        assert coerce(shape, {"MaxResults": "many"}) == {"MaxResults": "many"}

    def test_times_are_epoch_seconds_and_bytes_are_base64(self) -> None:
        model = service_model("sagemaker").shape_for("DescribeModelOutput")
        moment = datetime(2026, 11, 20, tzinfo=UTC)
        assert shape_output(model, {"ModelName": "a", "CreationTime": moment}) == {
            "ModelName": "a",
            "CreationTime": moment.timestamp(),
        }
        blob = service_model("sagemaker-runtime").shape_for("InvokeEndpointOutput").members["Body"]
        assert shape_output(blob, b"x") == base64.b64encode(b"x").decode()
