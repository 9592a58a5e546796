"""What lies in a domain: profiles, spaces, applications and the scripts that applications start with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.sagemaker import domain_network
from local.sagemaker.kinds import IN_USE, INVALID
from local.sagemaker.resources import Request, Resources
from local.sagemaker.settings import merged, scripts
from local.sagemaker.store import Record, deleted
from local.sagemaker.studio import SHARED_PROFILE
from local.sagemaker.studio_images import check_references
from local.sagemaker.studio_kinds import APP, DOMAIN, PROFILE, SCRIPT, SPACE, next_uid, refuse_while
from local.service import ApiError

SUMMARIZED = ("OwnershipSettings", "SpaceSharingSettings", "SpaceSettings")
"""Of a space; lists show them under names of their own."""


class People:
    """Operations on them; `resources` answers those that need no rule."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        for kind in (PROFILE, SPACE, APP, SCRIPT):
            resources.add(kind)

    def create_user_profile(self, request: Request) -> Record:
        domain = self._ready(request)
        given = [name for name in ("SingleSignOnUserIdentifier", "SingleSignOnUserValue") if request.get(name)]
        if len(given) != (2 if domain["AuthMode"] == "SSO" else 0):
            words = "are required" if domain["AuthMode"] == "SSO" else "cannot be specified"
            text = f"SingleSignOnUserIdentifier and SingleSignOnUserValue {words} with AuthMode {domain['AuthMode']}."
            raise ApiError(INVALID, text)
        check_references(self.store, request.get("UserSettings"))
        settings = merged({}, request.get("UserSettings") or {})
        record = {**request, "UserSettings": settings, "HomeEfsFileSystemUid": next_uid(self.store)}
        return self.resources.create(PROFILE, record)

    def update_user_profile(self, request: Request) -> Record:
        profile = self.resources.describe(PROFILE, request)
        check_references(self.store, request.get("UserSettings"))
        settings = merged(profile.get("UserSettings") or {}, request.get("UserSettings") or {})
        return self.resources.update(PROFILE, {**request, "UserSettings": settings})

    def delete_user_profile(self, request: Request) -> None:
        profile = self.resources.describe(PROFILE, request)
        domain, name = profile["DomainId"], profile["UserProfileName"]
        what = f"Unable to delete UserProfile {name}"
        refuse_while(self.store, APP, what, DomainId=domain, Owner=name)
        refuse_while(self.store, SPACE, what, DomainId=domain, OwnerUserProfileName=name)
        self.resources.delete(PROFILE, request)

    def create_space(self, request: Request) -> Record:
        domain = self._ready(request)
        owner = (request.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
        if owner:
            self.store.get(PROFILE, request["DomainId"], owner)
        _check_volume(domain, request, {})
        check_references(self.store, request.get("SpaceSettings"))
        url = f"{domain['Url']}/jupyterlab/default/lab?spaceName={request['SpaceName']}"
        summaries = {f"{name}Summary": request[name] for name in SUMMARIZED if name in request}
        uid = next_uid(self.store)
        more = {"OwnerUserProfileName": owner, "HomeEfsFileSystemUid": uid, "Url": url, **summaries}
        return self.resources.create(SPACE, {**request, **more})

    def update_space(self, request: Request) -> Record:
        space = self.resources.describe(SPACE, request)
        _check_volume(self.store.get(DOMAIN, request["DomainId"]), request, space)
        check_references(self.store, request.get("SpaceSettings"))
        settings = merged(space.get("SpaceSettings") or {}, request.get("SpaceSettings") or {})
        return self.resources.update(SPACE, {**request, "SpaceSettings": settings})

    def delete_space(self, request: Request) -> None:
        space = self.resources.describe(SPACE, request)
        domain, name = space["DomainId"], space["SpaceName"]
        refuse_while(self.store, APP, f"Unable to delete Space {name}", DomainId=domain, Owner=name)
        self.resources.delete(SPACE, request)

    def create_app(self, request: Request) -> Record:
        app = self._app(request)
        if name := request.get("SpaceName"):
            settings = self.store.get(SPACE, request["DomainId"], name).get("SpaceSettings") or {}
            if settings.get("AppType") not in (None, request["AppType"]):
                raise ApiError(INVALID, f"Space {name} is for {settings['AppType']}, not for {request['AppType']}.")
        made = self.resources.create(APP, app)
        domain_network.connect(made, self.store.get(DOMAIN, request["DomainId"]))
        return made

    def describe_app(self, request: Request) -> Record:
        return self.resources.describe(APP, self._app(request))

    def delete_app(self, request: Request) -> None:
        app = self._app(request)
        if deleted(APP, self.resources.describe(APP, app)):
            raise ApiError(IN_USE, f"App {app['AppName']} is already deleted.")
        domain_network.disconnect(self.resources.delete(APP, app))

    def delete_studio_lifecycle_config(self, request: Request) -> None:
        script = self.resources.describe(SCRIPT, request)
        for kind in (DOMAIN, PROFILE, SPACE):
            for record in self.store.every(kind):
                if script["StudioLifecycleConfigArn"] in scripts(record):
                    name, holder = script["StudioLifecycleConfigName"], record[kind.keys[-1]]
                    raise ApiError(IN_USE, f"StudioLifecycleConfig {name} is attached to {kind.name} {holder}.")
        self.resources.delete(SCRIPT, request)

    def _ready(self, request: Request) -> Record:
        domain = self.store.get(DOMAIN, request["DomainId"])
        if domain["Status"] != "InService":
            raise ApiError(INVALID, f"Domain [{domain['DomainId']}] is {domain['Status']}, not InService.")
        return domain

    def _app(self, request: Request) -> Request:
        """The request with the app's owner: a profile or a space, which exists."""
        profile, space = request.get("UserProfileName"), request.get("SpaceName")
        if bool(profile) == bool(space):
            raise ApiError(INVALID, "Exactly one of UserProfileName and SpaceName must be given.")
        if profile == SHARED_PROFILE:
            return {**request, "Owner": profile}
        owner = self.store.get(
            *((PROFILE, request["DomainId"], profile) if profile else (SPACE, request["DomainId"], space))
        )
        return {**request, "Owner": owner["UserProfileName" if profile else "SpaceName"]}


def _check_volume(domain: Mapping[str, Any], request: Mapping[str, Any], space: Mapping[str, Any]) -> None:
    """A volume grows only, up to what the domain says."""
    asked, standing = _volume(request), _volume(space)
    if asked is None:
        return
    if standing is not None and asked < standing:
        raise ApiError(INVALID, f"EbsVolumeSizeInGb cannot be decreased from {standing} to {asked}.")
    settings = domain.get("DefaultUserSettings") or {}
    limits = (settings.get("SpaceStorageSettings") or {}).get("DefaultEbsStorageSettings") or {}
    largest = limits.get("MaximumEbsVolumeSizeInGb")
    if largest is not None and asked > largest:
        raise ApiError(INVALID, f"EbsVolumeSizeInGb {asked} is more than the domain's maximum of {largest}.")


def _volume(record: Mapping[str, Any]) -> int | None:
    storage = (record.get("SpaceSettings") or {}).get("SpaceStorageSettings") or {}
    size: int | None = (storage.get("EbsStorageSettings") or {}).get("EbsVolumeSizeInGb")
    return size
