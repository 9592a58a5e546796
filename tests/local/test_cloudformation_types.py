"""The types are what CloudFormation's own schemas say, and every call they make exists."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from local.cloudformation import sagemaker_types
from local.cloudformation.extension import TYPES
from local.cloudformation.resource_type import Properties, ResourceType
from local.service.service import service_model

REFERENCES = {
    # The reference pages name less than the primary identifier as the Ref of these.
    "AWS::EC2::EIP": ["PublicIp"],
    "AWS::ApplicationAutoScaling::ScalingPolicy": ["Arn"],
    "AWS::Budgets::Budget": ["BudgetName"],
    "AWS::CodeBuild::Project": ["name"],
}
UNANSWERED = {
    # Attributes that no call of the API answers.
    "AWS::SageMaker::MlflowApp": {"MlflowAppId"},
    "AWS::SageMaker::Domain": {"SecurityGroupIdForDomainBoundary"},
}

each_type = pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.name)


def schema(type_: ResourceType) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_.name).schema
    return found


def properties(type_: ResourceType, kind: str) -> list[str]:
    """Top-level names in one of the schema's lists of JSON pointers."""
    pointers = [pointer.removeprefix("/properties/") for pointer in schema(type_).get(kind, [])]
    return [pointer for pointer in pointers if "/" not in pointer]


def outputs(type_: ResourceType) -> set[str]:
    """Members that the answers to a type's calls have."""
    model = service_model(type_.service)
    operations = [operation for operation in (type_.create, type_.describe) if operation]
    shapes = [model.operation_model(operation).output_shape for operation in operations]
    return {member for shape in shapes if shape is not None for member in shape.members}


@each_type
def test_what_replaces_a_resource_is_what_the_schema_says(type_: ResourceType) -> None:
    assert sorted(type_.create_only) == sorted(properties(type_, "createOnlyProperties"))


@each_type
def test_parts_that_replace_a_resource_are_those_that_the_schema_names(type_: ResourceType) -> None:
    pointers = [pointer.removeprefix("/properties/") for pointer in schema(type_).get("createOnlyProperties", [])]
    assert sorted(type_.create_only_within) == sorted(pointer for pointer in pointers if "/" in pointer)


@each_type
def test_ref_is_the_primary_identifier(type_: ResourceType) -> None:
    assert list(type_.ref) == REFERENCES.get(type_.name, properties(type_, "primaryIdentifier"))


@each_type
def test_every_call_exists(type_: ResourceType) -> None:
    operations = {type_.create, type_.delete, type_.update, type_.describe} - {None}
    assert operations <= set(service_model(type_.service).operation_names)


@each_type
def test_the_key_is_all_that_describing_and_deleting_need(type_: ResourceType) -> None:
    model = service_model(type_.service)
    for operation in filter(None, (type_.describe, type_.delete)):
        shape = model.operation_model(operation).input_shape
        needed = set(shape.required_members) - set(model.operation_model(operation).idempotent_members)
        assert needed <= set(type_.key)


@pytest.mark.parametrize("type_", sagemaker_types.TYPES, ids=lambda type_: type_.name)
def test_attributes_are_members_of_the_answers(type_: ResourceType) -> None:
    assert set(properties(type_, "readOnlyProperties")) - outputs(type_) <= UNANSWERED.get(type_.name, set())
    assert type_.status is None or type_.status in outputs(type_)
    assert type_.tagged_by is None or type_.tagged_by in outputs(type_)


@each_type
def test_a_ref_leads_back_to_the_resource(type_: ResourceType) -> None:
    if type_.name == "AWS::EC2::EIP":
        pytest.skip("its allocation is asked of EC2")
    arn = "arn:aws:sagemaker:us-east-1:000000000000:kind/name/1"
    ref = "|".join(f"{arn}:policyName/1" if member.endswith("Arn") else member for member in type_.ref)
    known: Properties = {"GroupId": "sg-1", "ResourceId": "a", "ScalableDimension": "b", "ServiceNamespace": "c"}
    assert set(type_.key) <= {**known, **type_.recover(ref, known)}.keys()
