"""What CreateEndpointConfig accepts and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from local import settings
from local.sagemaker.endpoints.configs import ENDPOINT_CONFIG, EndpointConfigs
from local.sagemaker.endpoints.models import ServedModel
from local.sagemaker.faults import Faults
from local.sagemaker.registry import MODEL, PACKAGE
from local.sagemaker.resources import Resources
from local.sagemaker.store import Store
from local.service import ApiError

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


@pytest.fixture
def store(in_process: settings.Settings) -> Store:
    """A store with one model, `model`."""
    store = Store()
    container = {"Image": "repository/serve:1", "ModelDataUrl": "s3://b/model.tar.gz", "Environment": {"a": "1"}}
    store.add(MODEL, {"ModelName": "model", "PrimaryContainer": container, "ExecutionRoleArn": "role"})
    return store


def variant(**members: Any) -> dict[str, Any]:
    instances = {} if "ServerlessConfig" in members else {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    given = {"VariantName": "AllTraffic", "ModelName": "model", **instances, **members}
    return {name: value for name, value in given.items() if value is not None}


def create(store: Store, *variants: dict[str, Any], **members: Any) -> dict[str, Any]:
    request = {"EndpointConfigName": "config", "ProductionVariants": list(variants), **members}
    return EndpointConfigs(Resources(store, Faults())).create_endpoint_config(request)


def test_a_plain_configuration_is_kept(store: Store) -> None:
    record = create(store, variant())
    assert record["EndpointConfigArn"].endswith(":endpoint-config/config")
    assert store.get(ENDPOINT_CONFIG, "config") is record


def test_serverless_and_asynchronous_configurations_are_accepted(store: Store) -> None:
    create(store, variant(ServerlessConfig=SERVERLESS), EndpointConfigName="serverless")
    output = {"OutputConfig": {"S3OutputPath": "s3://b/out"}}
    create(store, variant(), EndpointConfigName="asynchronous", AsyncInferenceConfig=output)


@pytest.mark.parametrize(
    ("variants", "members", "complaint"),
    [
        ([variant(ModelName="nobody")], {}, 'Could not find model "arn:.*model/nobody"'),
        ([variant(ModelName=None)], {}, "names no model"),
        ([variant(InstanceType=None)], {}, "missing: InstanceType"),
        ([variant(), variant()], {}, "repeated: AllTraffic"),
        ([variant(ServerlessConfig=SERVERLESS, InitialInstanceCount=1)], {}, "must not specify both"),
        ([variant(ServerlessConfig={**SERVERLESS, "MemorySizeInMB": 1500})], {}, "1024, 2048, 3072.* found 1500"),
        ([variant(ServerlessConfig={**SERVERLESS, "ProvisionedConcurrency": 9})], {}, "at most MaxConcurrency"),
        ([variant(ServerlessConfig=SERVERLESS)], {"DataCaptureConfig": {"x": 1}}, "do not support DataCaptureConfig"),
        ([variant(ServerlessConfig=SERVERLESS), variant(VariantName="b")], {}, "exactly one variant"),
        ([variant(RoutingConfig={"RoutingStrategy": "PREFIX_AWARE"})], {}, "PREFIX_AWARE is not modelled"),
        ([variant(InstancePools=[{}])], {}, "InstancePools is not modelled"),
        (
            [variant(VariantName="a"), variant(VariantName="b")],
            {"ShadowProductionVariants": [variant(VariantName="s")]},
            "exactly one production variant",
        ),
    ],
)
def test_what_cannot_be_served_is_refused(
    store: Store, variants: list[dict[str, Any]], members: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ApiError, match=complaint):
        create(store, *variants, **members)


def test_a_model_may_take_its_container_from_a_package(store: Store) -> None:
    packaged = {"Image": "r/serve:2", "ModelDataUrl": "s3://b/packaged.tar.gz", "Environment": {"a": "1", "b": "1"}}
    package = store.add(PACKAGE, {"ModelPackageName": "group/3", "InferenceSpecification": {"Containers": [packaged]}})
    own = {"ModelPackageName": package["ModelPackageArn"], "Environment": {"b": "2"}}
    store.add(MODEL, {"ModelName": "released", "Containers": [own], "ExecutionRoleArn": "role"})
    served = ServedModel.of(store, "released")
    assert (served.image, served.data_uri) == ("r/serve:2", "s3://b/packaged.tar.gz")
    assert served.environment == {"a": "1", "b": "2"}
