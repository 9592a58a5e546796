"""A session of the SageMaker SDK that never leaves the machine.

While it builds a pipeline, the SDK would ask for a region at its import, look up the caller's identity for telemetry,
simulate the role's policy and list buckets. Each has a switch; all of them are here. A test compiles with sockets
blocked.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

TELEMETRY_OFF = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
}


def before_import(region: str) -> None:
    """To be called before the SDK is imported."""
    os.environ.setdefault("AWS_DEFAULT_REGION", region)  # sagemaker.mlops makes a client at its import
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")  # ... and asks the instance for its credentials
    os.environ["SAGEMAKER_VALIDATE_ROLE"] = "false"  # otherwise iam:SimulatePrincipalPolicy for every step
    for name in ("sagemaker", "sagemaker.config", "sagemaker.core", "botocore.credentials"):
        logging.getLogger(name).setLevel(logging.ERROR)


def session(region: str, bucket: str) -> Any:
    """The `PipelineSession` of a region, with `bucket` as its default bucket from now on."""
    made = _session(region)
    made._default_bucket = bucket  # otherwise default_bucket() lists the account's buckets
    return made


@cache
def _session(region: str) -> Any:
    """One for all pipelines of a region: to make its clients takes half a second."""
    import boto3
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    _once_only()
    return PipelineSession(
        boto_session=boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none"),
        default_bucket="none",
        sagemaker_config=TELEMETRY_OFF,
    )


def _once_only() -> None:
    """Spare what the SDK does again at every look-up of a setting and at every step: 3 of 4 seconds of a pipeline.

    It checks the schema of its settings, and the settings, which are constant here. It makes clients of a local mode
    to read the name of one method.
    """
    from sagemaker.core.config.config_manager import SageMakerConfig
    from sagemaker.mlops.workflow import steps

    SageMakerConfig.validate_sagemaker_config = staticmethod(lambda _: None)
    steps.LocalSagemakerClient = cache(steps.LocalSagemakerClient)
