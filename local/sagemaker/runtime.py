"""InvokeEndpoint: a request to an endpoint becomes a request to one of its serving processes."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from urllib.parse import unquote

from ministack.core.responses import get_account_id, get_region

from local.sagemaker.asynchronous import AsyncInvocations, order_of
from local.sagemaker.capture import Capture, Exchange
from local.sagemaker.container import UNTYPED, Answer, Containers, NoAnswer
from local.sagemaker.endpoints.endpoint import ANSWERING, Endpoint, Traffic
from local.sagemaker.endpoints.fleet import LOG_GROUP, Variant
from local.sagemaker.endpoints.instance import Instance
from local.sagemaker.endpoints.operations import Endpoints
from local.sagemaker.endpoints.traffic import Lane, NoCapacity, NoSuchVariant, choose
from local.sagemaker.metering import Meter, Sample
from local.service import ApiError

Headers = dict[str, str]
Response = tuple[int, Headers, bytes]

TIMEOUT_S = 60
LARGEST_PAYLOAD = 6 * 1024 * 1024
LARGEST_SERVERLESS_PAYLOAD = 4 * 1024 * 1024
_PATH = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations)")
_FORWARDED = "x-amzn-sagemaker-"
_CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"
_INVOKED = "x-Amzn-Invoked-Production-Variant"


class Runtime:
    """The part of the service that answers the REST requests of `sagemaker-runtime`."""

    def __init__(self, endpoints: Endpoints, capture: Capture, meter: Meter) -> None:
        self._endpoints, self._capture, self._meter = endpoints, capture, meter
        self._containers = Containers()
        self._asynchronous = AsyncInvocations()
        self._copies: set[asyncio.Task[None]] = set()

    async def rest(self, method: str, path: str, headers: Headers, body: bytes, query: object) -> Response:
        """ApiError of AWS where the request does not reach a model."""
        found = _PATH.fullmatch(path)
        if method != "POST" or found is None:
            raise ApiError("UnknownOperationException", f"sagemaker-runtime has no operation at {method} {path}", 404)
        endpoint = self._answering(unquote(found[1]))
        if found[2] == "async-invocations":
            return self._accept(endpoint, headers, body)
        return await self._invoke(endpoint, headers, body)

    def _accept(self, endpoint: Endpoint, headers: Headers, body: bytes) -> Response:
        traffic = endpoint.traffic
        lane = _lane(endpoint.name, traffic, None)
        variant = traffic.variants[lane.instances[0]]
        config = endpoint.record.get("AsyncInferenceConfig")
        order = order_of(endpoint.name, variant.model.role_arn, config, headers, body)

        async def ask(request: bytes, asked: Headers, timeout_s: float) -> Answer:
            taken, instance = _taken(endpoint, None)
            serving = taken.variants[instance]
            return await self._ask(endpoint.name, serving, instance, asked, request, time.perf_counter(), timeout_s)

        return self._asynchronous.accept(order, len(lane.instances), ask)

    async def _invoke(self, endpoint: Endpoint, headers: Headers, body: bytes) -> Response:
        started = time.perf_counter()
        if endpoint.record.get("AsyncInferenceConfig"):
            raise ApiError("ValidationError", f"Endpoint {endpoint.name} answers InvokeEndpointAsync alone.")
        traffic, instance = _taken(endpoint, headers.get(f"{_FORWARDED}target-variant"))
        variant = traffic.variants[instance]
        try:
            _refuse(variant, instance, headers, body)
        except ApiError:
            instance.give_back()
            raise
        for shadow in traffic.shadows:
            if random.random() * variant.weight < shadow.weight:
                self._copy(endpoint.name, traffic, shadow, headers, body)
        try:
            answer = await self._ask(endpoint.name, variant, instance, headers, body, started)
        except NoAnswer as fault:
            return _model_error(endpoint.name, 0, "", str(fault))
        if not answer.successful:
            kind = "client" if answer.status < 500 else "server"
            text = answer.body.decode("utf-8", errors="replace")
            message = f'Received {kind} error ({answer.status}) from primary with message "{text}".'
            return _model_error(endpoint.name, answer.status, text, message)
        reply = {"Content-Type": answer.content_type, _INVOKED: variant.name}
        if custom := answer.headers.get(_CUSTOM):
            reply[_CUSTOM] = custom
        return answer.status, reply, answer.body

    async def _ask(
        self,
        endpoint: str,
        variant: Variant,
        instance: Instance,
        headers: Headers,
        body: bytes,
        started: float,
        timeout_s: float = TIMEOUT_S,
    ) -> Answer:
        """The answer of an instance that has taken the request, metered and captured; then it is given back."""
        asked, status = time.perf_counter(), 0
        try:
            answer = await self._containers.post(instance, _forwarded(headers), body, timeout_s)
            status = answer.status
            if variant.capture is not None and answer.successful:
                request_type = headers.get("content-type", UNTYPED)
                inference_id = headers.get(f"{_FORWARDED}inference-id")
                exchange = Exchange(body, request_type, answer.body, answer.content_type, inference_id)
                self._capture.add(variant.capture, exchange)
        finally:
            ended, count = time.perf_counter(), max(1, len(variant.instances))
            self._meter.add(endpoint, variant.name, Sample(status, count, ended - asked, asked - started))
            instance.give_back()
        return answer

    def _copy(self, endpoint: str, traffic: Traffic, shadow: Lane[Instance], headers: Headers, body: bytes) -> None:
        """A shadow variant gets the request too; nobody waits for what it answers."""
        instance = shadow.instance(random.random())
        if not instance.take():
            return

        async def ask() -> None:
            try:
                await self._ask(endpoint, traffic.variants[instance], instance, headers, body, time.perf_counter())
            except NoAnswer:
                return  # metered as an error already

        task = asyncio.get_running_loop().create_task(ask())
        self._copies.add(task)
        task.add_done_callback(self._copies.discard)

    def _answering(self, name: str) -> Endpoint:
        try:
            endpoint = self._endpoints.find(name)
        except ApiError:
            text = f"Endpoint {name} of account {get_account_id()} not found."
            raise ApiError("ValidationError", text) from None
        if endpoint.status not in ANSWERING:
            text = f"Endpoint {name} of account {get_account_id()} is not in service: its status is {endpoint.status}."
            raise ApiError("ValidationError", text)
        return endpoint


def _taken(endpoint: Endpoint, variant: str | None) -> tuple[Traffic, Instance]:
    """Where a request goes, which is counted there from now on; ApiError where nobody can answer.

    An instance that was retired after the request had chosen it takes it no more. Then the traffic goes elsewhere.
    """
    while True:
        traffic = endpoint.traffic
        instance = _lane(endpoint.name, traffic, variant).instance(random.random())
        if instance.take():
            return traffic, instance
        if endpoint.traffic is traffic:
            raise ApiError("ServiceUnavailable", f"No instance of endpoint {endpoint.name} is available.", 503)


def _lane(endpoint: str, traffic: Traffic, variant: str | None) -> Lane[Instance]:
    try:
        return choose(traffic.lanes, random.random(), variant)
    except NoSuchVariant:
        raise ApiError("ValidationError", f"Variant {variant} of endpoint {endpoint} not found.") from None
    except NoCapacity:
        raise ApiError("ServiceUnavailable", f"No instance of endpoint {endpoint} is available.", 503) from None


def _refuse(variant: Variant, instance: Instance, headers: Headers, body: bytes) -> None:
    """ApiError for a request that may not go to the variant."""
    serverless = variant.config.get("ServerlessConfig")
    largest = LARGEST_SERVERLESS_PAYLOAD if serverless else LARGEST_PAYLOAD
    if len(body) > largest:
        raise ApiError("413", f"HTTP content length exceeded {largest} bytes.", 413)
    if serverless and instance.outstanding > serverless["MaxConcurrency"]:
        raise ApiError("ThrottlingException", "Rate exceeded", 429)
    for header in ("target-model", "target-container-hostname", "inference-component"):
        if f"{_FORWARDED}{header}" in headers:
            text = (
                f"The endpoint does not take the header {_FORWARDED}{header}: it serves models of one container each."
            )
            raise ApiError("ValidationError", text)


def _forwarded(headers: Headers) -> Headers:
    """What the model sees of the request's headers."""
    seen = {name: value for name, value in headers.items() if name.startswith(_FORWARDED)}
    return {**seen, "Content-Type": headers.get("content-type", UNTYPED), "Accept": headers.get("accept", "*/*")}


def _model_error(endpoint: str, status: int, original: str, message: str) -> Response:
    group, region, account = LOG_GROUP.format(endpoint=endpoint), get_region(), get_account_id()
    where = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group}"
    document = {
        "Message": f"{message} See {where} in account {account} for more information.",
        "OriginalMessage": original,
        "OriginalStatusCode": status,
        "LogStreamArn": f"arn:aws:logs:{region}:{account}:log-group:{group}",
    }
    headers = {"Content-Type": "application/json", "x-amzn-errortype": "ModelError"}
    return 424, headers, json.dumps(document).encode()
