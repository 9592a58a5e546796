"""KMS permissions that S3 asks for in the caller's name, and the alias by which a policy can know a key.

Whoever reads an object that is encrypted with a KMS key needs `kms:Decrypt` on the key, whoever writes one needs
`kms:GenerateDataKey` (S3 user guide, "Using server-side encryption with KMS keys"). ministack keeps the names of the
keys and asks for neither.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from local.iam.resources import members

HOOKS = (
    "ministack.core.iam_actions:s3_additional_checks s3_access_point_resources _s3_action _s3_source_object"
    " _kms_key_id_from_ciphertext",
    "ministack.services.s3:_buckets _bucket_default_sse_headers",
    "ministack.services.kms:_aliases _keys",
)
ALIASES = "kms:ResourceAliases"
asked_for: ContextVar[str] = ContextVar("key", default="")
"""ARN of the key that this request was last checked for."""
_ALGORITHM, _KEY = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.s3_additional_checks = _with_key_checks(iam_actions.s3_additional_checks)
    iam_actions.s3_access_point_resources = _with_aliases(iam_actions.s3_access_point_resources)


def keys(service: str, body: bytes) -> dict[str, Any]:
    """Condition keys of a request to KMS itself."""
    if service != "kms":
        return {}
    from ministack.core.iam_actions import _kms_key_id_from_ciphertext

    request = members(body)
    key = request.get("KeyId") or _kms_key_id_from_ciphertext(str(request.get("CiphertextBlob", "")))
    found = aliases(str(key))
    return {ALIASES: found} if found else {}


def aliases(key: str) -> list[str]:
    """Names of all aliases of a key; it may be given by its id, its ARN, an alias or an alias's ARN."""
    from ministack.services import kms

    name = key.rpartition(":")[2]
    key_id = name.removeprefix("key/")
    if name.startswith("alias/"):
        key_id = next((target for arn, target in kms._aliases.items() if arn.endswith(f":{name}")), "")
    return sorted(arn.rpartition(":")[2] for arn, target in kms._aliases.items() if target == key_id)


def _with_key_checks(native: Any) -> Any:
    def checks(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> list[tuple[str, str]]:
        return [*native(method, path, headers, body, query), *_key_checks(method, path, headers, query)]

    return checks


def _key_checks(method: str, path: str, headers: dict[str, str], query: Any) -> list[tuple[str, str]]:
    from ministack.core.iam_actions import _s3_action, _s3_source_object

    bucket, _, key = path.lstrip("/").partition("/")
    action = _s3_action(method, path, query) if key else None
    if action in ("GetObject", "GetObjectVersion"):
        return _asked("kms:Decrypt", _of_object(bucket, key))
    if action != "PutObject":
        return []
    source = _s3_source_object(headers)
    read = _of_object(*source[0].removeprefix("arn:aws:s3:::").split("/", 1)) if source else ""
    return [*_asked("kms:GenerateDataKey", _of_write(bucket, headers)), *_asked("kms:Decrypt", read)]


def _asked(action: str, key: str) -> list[tuple[str, str]]:
    return [(action, key)] if key else []


def _of_object(bucket: str, key: str) -> str:
    """ARN of the key that an object is encrypted with; empty where there is none."""
    from ministack.services import s3

    found = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key) or {}
    return _arn(found.get("preserved_headers", {}))


def _of_write(bucket: str, headers: dict[str, str]) -> str:
    from ministack.services import s3

    return _arn(headers if headers.get(_ALGORITHM) else s3._bucket_default_sse_headers(bucket))


def _arn(encryption: dict[str, str]) -> str:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import kms

    key = encryption.get(_KEY, "") if encryption.get(_ALGORITHM) == "aws:kms" else ""
    if not key or (key.startswith("arn:") and ":key/" in key):
        return key
    name = key.rpartition(":")[2]
    target = next((found for arn, found in kms._aliases.items() if arn.endswith(f":{name}")), name)
    return f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{target}"


def _with_aliases(native: Any) -> Any:
    def resources(arn: str) -> list[tuple[str, dict[str, Any]]]:
        if not arn.startswith("arn:aws:kms:"):
            found: list[tuple[str, dict[str, Any]]] = native(arn)
            return found
        asked_for.set(arn)
        region = arn.split(":")[3]
        via = {"kms:ViaService": f"s3.{region}.amazonaws.com"}
        return [(arn, {ALIASES: aliases(arn), **via})]

    return resources
