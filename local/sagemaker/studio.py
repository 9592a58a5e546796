"""SageMaker Studio: domains, profiles, spaces, applications, and the rules of what may be deleted when."""

from __future__ import annotations

import uuid
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local.sagemaker.kinds import IN_USE, INVALID, Kind, Lifecycle, named
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record, deleted
from local.service import ApiError

STUDIO = Lifecycle(
    "Status",
    ready="InService",
    creating="Pending",
    updating="Updating",
    deleting="Deleting",
    create_failed="Failed",
    update_failed="Update_Failed",
    delete_failed="Delete_Failed",
)
APPLICATION = Lifecycle(
    "Status",
    ready="InService",
    creating="Pending",
    deleting="Deleting",
    deleted="Deleted",
    create_failed="Failed",
    delete_failed="Failed",
)
DOMAIN = Kind("Domain", ("DomainId",), "domain/{DomainId}", STUDIO)
PROFILE = Kind("UserProfile", ("DomainId", "UserProfileName"), "user-profile/{DomainId}/{UserProfileName}", STUDIO)
SPACE = Kind("Space", ("DomainId", "SpaceName"), "space/{DomainId}/{SpaceName}", STUDIO)
APP = Kind(
    "App", ("DomainId", "Owner", "AppType", "AppName"), "app/{DomainId}/{Owner}/{AppType}/{AppName}", APPLICATION
)
PLAIN = (named("AppImageConfig", "app-image-config"), named("StudioLifecycleConfig", "studio-lifecycle-config"))


class Studio:
    """Operations on a domain and what lies in it; `resources` answers those that need no rule."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        for kind in (DOMAIN, PROFILE, SPACE, APP, *PLAIN):
            resources.add(kind)

    def create_domain(self, request: Request) -> Record:
        ids = {"DomainId": f"d-{uuid.uuid4().hex[:12]}", "HomeEfsFileSystemId": f"fs-{uuid.uuid4().hex[:17]}"}
        url = f"https://{ids['DomainId']}.studio.{get_region()}.sagemaker.aws"
        return self.resources.create(DOMAIN, {**request, **ids, "Url": url})

    def update_domain(self, request: Request) -> Record:
        change = dict(request)
        settings: dict[str, Any] = change.pop("DomainSettingsForUpdate", None) or {}
        if settings:
            change["DomainSettings"] = {**self._domain(request).get("DomainSettings", {}), **settings}
        return self.resources.update(DOMAIN, change)

    def delete_domain(self, request: Request) -> None:
        domain = self._domain(request)
        for kind in (APP, SPACE, PROFILE):
            self._refuse_while(kind, domain, f"Unable to delete Domain {domain['DomainId']}")
        self.resources.delete(DOMAIN, request)

    def create_user_profile(self, request: Request) -> Record:
        self._domain(request)
        return self.resources.create(PROFILE, {**request, "HomeEfsFileSystemUid": self._uid()})

    def delete_user_profile(self, request: Request) -> None:
        profile = self.resources.describe(PROFILE, request)
        name = profile["UserProfileName"]
        self._refuse_while(APP, profile, f"Unable to delete UserProfile {name}", Owner=name)
        self.resources.delete(PROFILE, request)

    def create_space(self, request: Request) -> Record:
        domain = self._domain(request)
        if owner := (request.get("OwnershipSettings") or {}).get("OwnerUserProfileName"):
            self.store.get(PROFILE, request["DomainId"], owner)
        url = f"{domain['Url']}/jupyterlab/default/lab?spaceName={request['SpaceName']}"
        return self.resources.create(SPACE, {**request, "HomeEfsFileSystemUid": self._uid(), "Url": url})

    def delete_space(self, request: Request) -> None:
        space = self.resources.describe(SPACE, request)
        name = space["SpaceName"]
        self._refuse_while(APP, space, f"Unable to delete Space {name}", Owner=name)
        self.resources.delete(SPACE, request)

    def create_app(self, request: Request) -> Record:
        return self.resources.create(APP, self._app(request))

    def describe_app(self, request: Request) -> Record:
        return self.resources.describe(APP, self._app(request))

    def delete_app(self, request: Request) -> None:
        app = self._app(request)
        if deleted(APP, self.resources.describe(APP, app)):
            raise ApiError(IN_USE, f"App {app['AppName']} is already deleted.")
        self.resources.delete(APP, app)

    def create_presigned_domain_url(self, request: Request) -> Request:
        domain = self._domain(request)
        self.store.get(PROFILE, request["DomainId"], request["UserProfileName"])
        if space := request.get("SpaceName"):
            self.store.get(SPACE, request["DomainId"], space)
        return {"AuthorizedUrl": f"{domain['Url']}/auth?token={uuid.uuid4().hex}&account={get_account_id()}"}

    def _domain(self, request: Request) -> Record:
        return self.store.get(DOMAIN, request["DomainId"])

    def _app(self, request: Request) -> Request:
        """The request with the app's owner: a profile or a space, which exists."""
        profile, space = request.get("UserProfileName"), request.get("SpaceName")
        if bool(profile) == bool(space):
            raise ApiError(INVALID, "Exactly one of UserProfileName and SpaceName must be given.")
        owner = self.store.get(
            *((PROFILE, request["DomainId"], profile) if profile else (SPACE, request["DomainId"], space))
        )
        return {**request, "Owner": owner["UserProfileName" if profile else "SpaceName"]}

    def _refuse_while(self, kind: Kind, holder: Record, what: str, **match: str) -> None:
        for record in self.store.every(kind):
            inside = {"DomainId": holder["DomainId"], **match}
            if not deleted(kind, record) and all(record[name] == value for name, value in inside.items()):
                raise ApiError(
                    IN_USE, f"{what} because {kind.name} {record[kind.keys[-1]]} is still associated with it."
                )

    def _uid(self) -> str:
        """POSIX user id in the domain's file system: the next free one."""
        return str(200001 + len(self.store.every(PROFILE)) + len(self.store.every(SPACE)))
