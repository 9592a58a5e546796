"""What ministack's Athena does not ask: who queries, where results may go, and how much may be read.

An extension as `local.extensions` describes it. DuckDB runs the queries. Athena reads tables and writes results in the
name of the caller (Athena user guide, "Identity-based policies" and "Forward access sessions"), with
`aws:ViaAWSService`; a workgroup that enforces its configuration decides on results and on the most that is read.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator, responses, router
from ministack.services import athena, glue, s3

from local.storage import Location

HOOKS = (
    "ministack.core.iam_evaluator:enforce",
    "ministack.core.router:extract_access_key_id",
    "ministack.core.responses:get_region",
    "ministack.services.athena:handle_request _execute_query _executions _workgroups _table_references ATHENA_ENGINE",
    "ministack.services.glue:_tables",
    "ministack.services.s3:_buckets _get_object_data",
)
VIA = {
    "aws:viaawsservice": "true",
    "aws:calledvia": ["athena.amazonaws.com"],
    "aws:calledvialast": "athena.amazonaws.com",
}

_caller: ContextVar[str] = ContextVar("athena-caller")
Execute = Callable[..., Awaitable[None]]
Handler = Callable[..., Awaitable[Any]]


class Refused(Exception):
    """The query ends; the message is Athena's reason, `state` its state."""

    def __init__(self, reason: str, state: str = "FAILED") -> None:
        super().__init__(reason)
        self.state = state


def install() -> None:
    athena.ATHENA_ENGINE = "duckdb"  # ministack would make results up where it is not installed
    athena.handle_request = _known_caller(athena.handle_request)
    athena._execute_query = _as_caller(athena._execute_query)


def workgroup_of(query_id: str) -> str:
    """Of a query; `*` where there is no such query."""
    return str((athena._executions.get(query_id) or {}).get("WorkGroup", "*"))


def _known_caller(native: Handler) -> Handler:
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Any:
        if headers.get("x-amz-target", "").endswith(".StartQueryExecution"):
            _caller.set(router.extract_access_key_id(headers, query))
            body = _within_workgroup(body)
        return await native(method, path, headers, body, query)

    return handle_request


def _within_workgroup(body: bytes) -> bytes:
    """The request without what its workgroup overrides."""
    try:
        request = json.loads(body)
    except ValueError:
        return body
    workgroup = athena._workgroups.get(request.get("WorkGroup", "primary")) or {}
    if workgroup.get("Configuration", {}).get("EnforceWorkGroupConfiguration"):
        request.pop("ResultConfiguration", None)
    return json.dumps(request).encode()


def _as_caller(native: Execute) -> Execute:
    async def execute(query_id: str, query: str, database: str, ddl: Any, catalog: str | None = None) -> None:
        execution = athena._executions[query_id]
        try:
            scanned = _checked(execution, query, database)
        except Refused as refusal:
            execution["Status"].update(State=refusal.state, StateChangeReason=str(refusal))
            execution["_error"] = str(refusal)
            return
        await native(query_id, query, database, ddl, catalog)
        execution["Statistics"]["DataScannedInBytes"] = scanned

    return execute


def _checked(execution: dict[str, Any], query: str, database: str) -> int:
    """Bytes of the tables that the query reads. Raises Refused."""
    if "s3://" in query:
        raise Refused("SYNTAX_ERROR: a query reads tables of the catalog, not S3 locations")
    output = Location.of(execution["ResultConfiguration"]["OutputLocation"])
    _demand("s3", "s3:PutObject", f"arn:aws:s3:::{output.bucket}/{output.key}", "Access denied when writing output")
    scanned = 0
    for table in _tables(query, database):
        name = f"{table['DatabaseName']}/{table['Name']}"
        _demand("glue", "glue:GetTable", _arn("glue", f"table/{name}"), "Insufficient permissions to execute the query")
        place = Location.of(table["StorageDescriptor"]["Location"])
        prefix = f"{place.key.rstrip('/')}/"
        denied = f"PERMISSION_DENIED: Access Denied to the data of {name}"
        _demand("s3", "s3:ListBucket", f"arn:aws:s3:::{place.bucket}", denied, {"s3:prefix": prefix})
        for key in [
            key for key in (s3._buckets.get(place.bucket) or {"objects": {}})["objects"] if key.startswith(prefix)
        ]:
            _demand("s3", "s3:GetObject", f"arn:aws:s3:::{place.bucket}/{key}", denied)
            scanned += len(s3._get_object_data(place.bucket, key) or b"")
    limit = (
        (athena._workgroups.get(execution["WorkGroup"]) or {})
        .get("Configuration", {})
        .get("BytesScannedCutoffPerQuery")
    )
    if limit is not None and scanned > int(limit):
        raise Refused("Query cancelled! : Bytes scanned limit was exceeded", "CANCELLED")
    return scanned


def _tables(query: str, database: str) -> Iterator[dict[str, Any]]:
    """Tables of the catalog that a query names."""
    for reference in athena._table_references(query):
        found = glue._tables.get(f"{reference.database or database or 'default'}/{reference.table}")
        if found:
            yield {**found, "DatabaseName": reference.database or database}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{responses.get_region()}:{responses.get_account_id()}:{resource}"


def _demand(service: str, action: str, arn: str, refusal: str, more: Mapping[str, str] | None = None) -> None:
    context = {**VIA, **(more or {})}
    denied = iam_evaluator.enforce(_caller.get(), action, service, responses.get_region(), arn, context)
    if denied is not None:
        raise Refused(f"{refusal}: {action} on {arn}")
