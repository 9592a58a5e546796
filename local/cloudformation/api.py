"""Calls of the embedded AWS's own API, in the account and region of the stack."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from ministack.core.responses import get_account_id, get_region

from local import settings
from local.cloudformation.resource_type import Properties
from local.service import coerce

_GONE = re.compile(r"NotFound|Could not find|does not exist|do not exist|No scal", re.IGNORECASE)
_making = threading.Lock()  # boto3 clients may be used, but not made, by several threads at once


def call(service: str, operation: str, members: Properties) -> Properties:
    """Answer of an operation; values are brought into the API's types, members it does not know are left out."""
    shape = _shape(service, operation)
    answer: Properties = getattr(_scoped(service), xform_name(operation))(**coerce(shape, members))
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def members_of(service: str, operation: str) -> frozenset[str]:
    return frozenset(_shape(service, operation).members)


def is_missing(error: ClientError) -> bool:
    """Whether the API said that the resource is not there; SageMaker says so with a ValidationException."""
    return bool(_GONE.search(error.response["Error"]["Code"]) or _GONE.search(error.response["Error"]["Message"]))


def _shape(service: str, operation: str) -> Any:
    return _scoped(service).meta.service_model.operation_model(operation).input_shape


def _scoped(service: str) -> Any:
    with _making:
        return _client(service, get_account_id(), get_region())


@cache
def _client(service: str, account: str, region: str) -> Any:
    """CloudFormation acts as the account itself: its 12 digits are an access key of ministack's."""
    return boto3.session.Session(account, "none", region_name=region).client(
        service, endpoint_url=settings.current().url, config=Config(retries={"total_max_attempts": 1})
    )
