"""One AWS service made of parts, dispatched by botocore's service model.

An operation `CreateTrainingJob` is answered by the first part that has a
method `create_training_job(params) -> dict | None`, or by the first part
whose `fallback("CreateTrainingJob")` returns such a callable. Parts raise
`ApiError`; what they return is cut to the operation's output shape. A REST
request is answered by the first part that has a `rest` and, where it has
`serves(path)` as well, says that it serves that path.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationNotFoundError
from ministack.core.concurrency import run_reentrant
from ministack.core.router import extract_access_key_id

from local.service.errors import ApiError
from local.service.shapes import shape_output
from local.service.validation import validate

CALLER: ContextVar[str] = ContextVar("caller")
"""Access key of the request that is being answered, for what a service does in its caller's name."""

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]
Response = tuple[int, dict[str, str], bytes]


class Service:
    """`name` is botocore's name of the service ("sagemaker"); it also is ministack's module for it."""

    def __init__(self, name: str, parts: Sequence[object]) -> None:
        self.name = name
        self.parts = tuple(parts)
        self.model = service_model(name)

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Validate, dispatch and shape one call; `params` and the result are in the API's own member names."""
        try:
            model = self.model.operation_model(operation)
        except OperationNotFoundError:
            raise ApiError("UnknownOperationException", f"{self.name} has no operation {operation}") from None
        # SDKs fill idempotency tokens in; a raw caller such as Step Functions may not.
        tokens = {member: str(uuid.uuid4()) for member in model.idempotent_members if not params.get(member)}
        params = {**params, **tokens}
        if model.input_shape is not None:
            validate(model.input_shape, params)
        answer = self._answer(operation)
        if answer is None:
            text = f"{self.name}:{operation} is not modelled by the embedded AWS"
            raise ApiError("NotImplementedException", text, 501)
        result: dict[str, Any] = shape_output(model.output_shape, answer(params) or {})
        return result

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """ministack's entry point for requests routed to this service."""
        target = headers.get("x-amz-target", "")
        CALLER.set(extract_access_key_id(headers, query))
        try:
            if not target:
                return await self._rest(method, path, headers, body, query)
            # On its own thread: an answer may well call the embedded AWS again.
            result = await run_reentrant(self.call, target.rpartition(".")[2], _document(body))
        except ApiError as error:
            return error.response()
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(result).encode()

    def reset(self) -> None:
        """Forget everything, as ministack's /_ministack/reset asks of each of its modules."""
        for part in self.parts:
            if (forget := getattr(part, "reset", None)) is not None:
                forget()

    def get_state(self) -> None:
        """Nothing is persisted: the state lives as long as the launcher."""

    def load_persisted_state(self, data: Any) -> None:
        """The counterpart that ministack's module protocol asks for."""

    def _answer(self, operation: str) -> Answer | None:
        method = xform_name(operation)
        for part in self.parts:
            if (answer := getattr(part, method, None)) is not None:
                return _callable(answer)
        for part in self.parts:
            fallback = getattr(part, "fallback", None)
            if fallback is not None and (answer := fallback(operation)) is not None:
                return _callable(answer)
        return None

    async def _rest(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        for part in self.parts:
            rest, serves = getattr(part, "rest", None), getattr(part, "serves", None)
            if rest is not None and (serves is None or serves(path)):
                response: Response = await rest(method, path, headers, body, query)
                return response
        raise ApiError("UnknownOperationException", f"{self.name} has no operation at {method} {path}", 404)


@cache
def service_model(name: str) -> Any:
    """botocore's model of a service; reading one takes tenths of a second, so each is read once."""
    return botocore.session.get_session().get_service_model(name)


def _callable(answer: Any) -> Answer:
    found: Answer = answer
    return found


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("SerializationException", "The request body is not valid JSON") from None
    if not isinstance(document, dict):
        raise ApiError("SerializationException", "The request body is not a JSON object")
    return document
