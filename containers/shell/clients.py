"""boto3's clients, each made when it is first needed."""

from __future__ import annotations

import functools
import os
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=60)


@functools.cache
def client(service: str) -> Any:
    """The region is AWS_REGION, which SageMaker sets and boto3 alone does not read, else boto3's own choice."""
    return boto3.client(service, region_name=os.environ.get("AWS_REGION"), config=CONFIG)
