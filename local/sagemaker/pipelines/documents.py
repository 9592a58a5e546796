"""JSON documents in S3 that a pipeline looks into, read as its role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.credentials import role_client
from local.sagemaker.pipelines.definition import Definition
from local.sagemaker.pipelines.expressions import Unresolved
from local.sagemaker.pipelines.steps import SESSION
from local.service import ApiError
from local.storage import STORAGE_FAULTS, Location, read


def document(role_arn: str, uri: str) -> Any:
    """Unresolved where the role cannot read it or it is not JSON."""
    try:
        return json.loads(read(role_client("s3", role_arn, SESSION), Location.of(uri)))
    except (*STORAGE_FAULTS, ApiError, ValueError) as fault:
        raise Unresolved(f"{uri} cannot be read as JSON with role {role_arn}: {fault}") from None


def property_file_uri(definition: Definition, answers: Mapping[str, Mapping[str, Any]], step: str, name: str) -> str:
    """Where a property file lies: in the output of its step's processing job."""
    output, path = definition.steps[step].property_files[name]
    for entry in answers[step]["ProcessingOutputConfig"]["Outputs"]:
        if entry["OutputName"] == output:
            return f"{entry['S3Output']['S3Uri'].rstrip('/')}/{path}"
    raise Unresolved(f"Step {step} has no output {output} for its property file {name}")
