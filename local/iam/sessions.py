"""What a session carries beyond its role: keys that AWS puts into every request that is made with it.

Applications in Studio act as the execution role of a user profile. SageMaker says in their requests which domain
and, outside of shared spaces, which profile that is, and policies use both as variables (SageMaker developer guide,
"Give your users access to spaces"). Tests and demonstrations get such a session from
POST /_homeostat/studio-session {"DomainId": ..., "UserProfileName": ..., or "SpaceName": ... for a shared space}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import request_scope

from local import settings
from local.credentials import role_environment
from local.service import ApiError

HOOKS = ("ministack.core.iam_evaluator:_principal_keys",)
DOMAIN, PROFILE = "sagemaker:DomainId", "sagemaker:UserProfileName"
_carried: dict[str, dict[str, str]] = {}


def carry(access_key: str, keys: Mapping[str, str]) -> None:
    """From now on requests with this access key have these condition keys."""
    _carried[access_key] = {name.lower(): value for name, value in keys.items()}


def with_carried(native: Any) -> Any:
    """ministack's keys of the caller, with what the caller's session carries."""

    def keys(credential: Any) -> dict[str, Any]:
        return {**native(credential), **_carried.get(credential.access_key_id, {})}

    return keys


def page(method: str, body: bytes) -> dict[str, Any]:
    """The control page: environment variables of an application in Studio."""
    running = settings.current()
    try:
        asked = json.loads(body)
        with request_scope(running.account, running.region):
            return studio_session(asked["DomainId"], asked.get("UserProfileName"), asked.get("SpaceName"))
    except (ValueError, KeyError, TypeError) as fault:
        raise ApiError("ValidationException", f"There is no such session: {fault}") from None


def studio_session(domain_id: str, profile_name: str | None, space_name: str | None) -> dict[str, str]:
    """Of a profile's own applications and private spaces, or of a shared space, which has no profile."""
    from local import sagemaker
    from local.sagemaker.studio_kinds import DOMAIN as DOMAINS
    from local.sagemaker.studio_kinds import PROFILE as PROFILES
    from local.sagemaker.studio_kinds import SPACE as SPACES

    store = sagemaker.running().store
    domain = store.get(DOMAINS, domain_id)
    carried = {DOMAIN: domain_id}
    if profile_name is not None:
        own = store.get(PROFILES, domain_id, profile_name).get("UserSettings") or {}
        default, carried = domain["DefaultUserSettings"], {**carried, PROFILE: profile_name}
    else:
        own = store.get(SPACES, domain_id, space_name).get("SpaceSettings") or {}
        default = domain.get("DefaultSpaceSettings") or domain["DefaultUserSettings"]
    role = own.get("ExecutionRole") or default["ExecutionRole"]
    environment = role_environment(role, f"{domain_id}.{profile_name or space_name}", vpc=domain.get("VpcId"))
    carry(environment["AWS_ACCESS_KEY_ID"], carried)
    return environment
