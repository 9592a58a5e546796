"""Whose a Studio space is: condition keys of requests about a space, or about an application in one.

For a space that is made they come from the request, for one that is there from the space itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OWNER, SHARING = "sagemaker:OwnerUserProfileArn", "sagemaker:SpaceSharingType"


def space_keys(operation: str, request: Mapping[str, Any]) -> dict[str, str]:
    if not operation.endswith(("Space", "App")) or "SpaceName" not in request:
        return {}
    space = request if operation == "CreateSpace" else _existing(request)
    owner = (space.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
    sharing = (space.get("SpaceSharingSettings") or {}).get("SharingType")
    found = {} if owner is None else {OWNER: _profile_arn(request["DomainId"], owner)}
    return found if sharing is None else {**found, SHARING: sharing}


def _existing(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from local import sagemaker
    from local.sagemaker.studio_kinds import SPACE

    return sagemaker.running().store.find(SPACE, request.get("DomainId", ""), request["SpaceName"]) or {}


def _profile_arn(domain_id: str, name: str) -> str:
    from local.sagemaker.store import arn_of

    return arn_of(f"user-profile/{domain_id}/{name}")
