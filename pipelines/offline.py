"""A session of the SageMaker SDK that never leaves the machine.

While it builds a pipeline, the SDK would ask for a region at its import, look up the caller's identity for telemetry,
simulate the role's policy and list buckets. Each has a switch; all of them are here. A test compiles with sockets
blocked.
"""

from __future__ import annotations

import logging
import os
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
    """A `PipelineSession` whose default bucket is `bucket`."""
    import boto3
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    made = PipelineSession(
        boto_session=boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none"),
        default_bucket=bucket,
        sagemaker_config=TELEMETRY_OFF,
    )
    made._default_bucket = bucket  # otherwise default_bucket() still lists the account's buckets
    return made
