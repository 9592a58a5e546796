"""Records of feature groups: the REST requests of `sagemaker-featurestore-runtime`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from ministack.core.concurrency import run_reentrant

from local import clock
from local.sagemaker.feature_store.features import VALIDATION, moment, types_of, values_of
from local.sagemaker.feature_store.offline import Offline, Row
from local.sagemaker.feature_store.online import Newest, Online, expiry
from local.sagemaker.store import Record, Store
from local.sagemaker.workbench import FEATURE_GROUP
from local.service import ApiError
from local.service.service import service_model
from local.service.shapes import shape_output
from local.service.validation import validate

Headers = dict[str, str]
Query = dict[str, list[str]]
Request = dict[str, Any]

_GROUP = re.compile(r"/FeatureGroup/([^/]+)(/ListRecords)?")
_BATCH = "/BatchGetRecord"
_BY_METHOD = {"PUT": "PutRecord", "GET": "GetRecord", "DELETE": "DeleteRecord"}
ONLINE, OFFLINE = "OnlineStore", "OfflineStore"


class Records:
    """The part of the service that answers them."""

    def __init__(self, store: Store, online: Online, offline: Offline) -> None:
        self._store, self._online, self._offline = store, online, offline
        self._answers: dict[str, Callable[[Request], Request | None]] = {
            "PutRecord": self._put,
            "GetRecord": self._get,
            "DeleteRecord": self._delete,
            "BatchGetRecord": self._batch_get,
            "ListRecords": self._list,
        }

    def serves(self, path: str) -> bool:
        return path == _BATCH or path.startswith(("/FeatureGroup/", "/BatchWriteRecord"))

    async def rest(
        self, method: str, path: str, headers: Headers, body: bytes, query: Query
    ) -> tuple[int, Headers, bytes]:
        operation, request = _parsed(method, path, body, query)
        if operation not in self._answers:
            text = f"sagemaker-featurestore-runtime at {method} {path} is not modelled by the embedded AWS"
            raise ApiError("UnknownOperationException", text, 404)
        model = service_model("sagemaker-featurestore-runtime").operation_model(operation)
        _validate(model.input_shape, request)
        answer = await run_reentrant(self._answers[operation], request)
        document = shape_output(model.output_shape, answer or {})
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def reset(self) -> None:
        self._online.reset()
        self._offline.reset()

    def _put(self, request: Request) -> None:
        group = self._group(request["FeatureGroupName"])
        values = values_of(group, request["Record"])
        key, time = values[group["RecordIdentifierFeatureName"]], moment(group, values[group["EventTimeFeatureName"]])
        stores = _stores(group, request)
        if ONLINE in stores:
            duration = request.get("TtlDuration") or group["OnlineStoreConfig"].get("TtlDuration")
            self._online.put(group, key, Newest(values, time, expiry(time, duration)))
        if OFFLINE in stores:
            self._offline.append(group, Row(values, time, clock.now()))

    def _delete(self, request: Request) -> None:
        group, key = self._group(request["FeatureGroupName"]), request["RecordIdentifierValueAsString"]
        time, stores = moment(group, request["EventTime"]), _stores(group, request)
        hard = request.get("DeletionMode") == "HardDelete"
        if ONLINE in stores and not self._online.delete(group, key, time, hard) and hard:
            text = f"Validation Error: EventTime [{request['EventTime']}] must be later than that of the record"
            raise ApiError(VALIDATION, text)
        if OFFLINE in stores:
            values = {group["RecordIdentifierFeatureName"]: key, group["EventTimeFeatureName"]: request["EventTime"]}
            self._offline.append(group, Row(values, time, clock.now(), deleted=True))

    def _get(self, request: Request) -> Request:
        group = self._group(request["FeatureGroupName"])
        return self._found(group, request["RecordIdentifierValueAsString"], request) or {}

    def _batch_get(self, request: Request) -> Request:
        records, errors = [], []
        for wanted in request["Identifiers"]:
            for key in wanted["RecordIdentifiersValueAsString"]:
                named = {"FeatureGroupName": wanted["FeatureGroupName"], "RecordIdentifierValueAsString": key}
                asked = {**wanted, "ExpirationTimeResponse": request.get("ExpirationTimeResponse")}
                try:
                    found = self._found(self._group(wanted["FeatureGroupName"]), key, asked)
                except ApiError as fault:
                    errors.append({**named, "ErrorCode": fault.code, "ErrorMessage": fault.message})
                    continue
                if found:
                    records.append({**named, **found})
        return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}

    def _list(self, request: Request) -> Request:
        group = self._group(request["FeatureGroupName"])
        _demand_online(group)
        keys, start = sorted(self._online.keys(group)), int(request.get("NextToken") or 0)
        end = start + (request.get("MaxResults") or 100)
        return {"RecordIdentifiers": keys[start:end], "NextToken": str(end) if end < len(keys) else None}

    def _found(self, group: Record, key: str, request: Request) -> Request | None:
        """The record with the features that are asked for, in the group's order; None where there is none."""
        _demand_online(group)
        types, asked = types_of(group), request.get("FeatureNames")
        if strange := [name for name in asked or () if name not in types]:
            raise ApiError(VALIDATION, f"Validation Error: FeatureNames {strange} are not in the FeatureGroup")
        newest = self._online.get(group, key)
        if newest is None or newest.values is None:
            return None
        names = [name for name in types if name in newest.values and (not asked or name in asked)]
        record = [{"FeatureName": name, "ValueAsString": newest.values[name]} for name in names]
        if request.get("ExpirationTimeResponse") == "Enabled" and newest.expires:
            return {"Record": record, "ExpiresAt": f"{newest.expires:%Y-%m-%dT%H:%M:%SZ}"}
        return {"Record": record}

    def _group(self, name: str) -> Record:
        group = self._store.find(FEATURE_GROUP, name)
        if group is None or group["FeatureGroupStatus"] not in ("Created", "Creating"):
            raise ApiError("ResourceNotFound", f"Resource Not Found: FeatureGroup [{name}] does not exist", 404)
        if group["FeatureGroupStatus"] == "Creating":
            raise ApiError(VALIDATION, f"Validation Error: FeatureGroup [{name}] is in status Creating")
        return group


def _stores(group: Record, request: Request) -> list[str]:
    there = [ONLINE] if _has_online(group) else []
    there += [OFFLINE] if group.get("OfflineStoreConfig") else []
    asked = request.get("TargetStores") or there
    if strange := [store for store in asked if store not in there]:
        raise ApiError(VALIDATION, f"Validation Error: the FeatureGroup has no {strange[0]}")
    return list(asked)


def _has_online(group: Record) -> bool:
    return bool((group.get("OnlineStoreConfig") or {}).get("EnableOnlineStore"))


def _demand_online(group: Record) -> None:
    if not _has_online(group):
        raise ApiError(VALIDATION, "Validation Error: the FeatureGroup has no OnlineStore")


def _parsed(method: str, path: str, body: bytes, query: Query) -> tuple[str, Request]:
    """Operation and members of a request, from its method, path, query and body."""
    try:
        request: Request = json.loads(body) if body else {}
    except ValueError:
        raise ApiError("SerializationException", "The request body is not valid JSON") from None
    if path == _BATCH:
        return "BatchGetRecord", request
    match = _GROUP.fullmatch(path)
    if match is None:
        return path, request
    single = ("RecordIdentifierValueAsString", "EventTime", "DeletionMode", "ExpirationTimeResponse")
    asked: Request = {name: query[name][0] for name in single if name in query}
    lists = {"FeatureNames": "FeatureName", "TargetStores": "TargetStores"}
    asked |= {member: query[name] for member, name in lists.items() if name in query}
    operation = "ListRecords" if match[2] else _BY_METHOD.get(method, path)
    return operation, {**request, **asked, "FeatureGroupName": unquote(match[1])}


def _validate(shape: Any, request: Request) -> None:
    try:
        validate(shape, request)
    except ApiError as fault:
        raise ApiError(VALIDATION, fault.message) from None
