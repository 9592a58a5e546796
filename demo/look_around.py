"""How to look at an environment that stays up, with the ordinary tools."""

from __future__ import annotations

from core.names import ModelNames
from local.start import EmbeddedAws

TOLD = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


def look_around(aws: EmbeddedAws, names: ModelNames) -> str:
    """Commands to copy."""
    exports = " ".join(f"{name}={value}" for name, value in aws.environment().items() if name in TOLD)
    return f"""
The environment stays up until `make down`. In any shell:

  export {exports}
  aws sagemaker describe-endpoint --endpoint-name {names.endpoint}
  aws sagemaker list-pipeline-executions --pipeline-name {names.pipeline}
  aws cloudwatch describe-alarms --alarm-name-prefix {names.endpoint}
  aws dynamodb scan --table-name {names.of.ledger}
  curl {aws.url}/_homeostat/outbox

or in Python, with the same variables: boto3.client("sagemaker").list_endpoints()
"""
