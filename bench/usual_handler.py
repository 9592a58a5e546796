"""The peer of `bench/bundle.py`: a handler as it is usually written, with its clients and settings made at import."""

from __future__ import annotations

import boto3
from aws_lambda_powertools import Logger
from pydantic import BaseModel


class Settings(BaseModel):
    table: str = "ledger"
    pipeline: str = "training"
    topic: str = "notifications"
    cooldown_s: int = 21600


settings = Settings()
logger = Logger(service="remediation", level="INFO")
sagemaker = boto3.client("sagemaker", region_name="us-east-1")
dynamodb = boto3.client("dynamodb", region_name="us-east-1")
sns = boto3.client("sns", region_name="us-east-1")


def handler(event: dict[str, object], _context: object) -> None:
    logger.info("received", extra={"event": event})
