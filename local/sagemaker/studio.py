"""Domains of SageMaker Studio: what they can be made with, how their settings change, and when they can be deleted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local.sagemaker import domain_network
from local.sagemaker.kinds import IN_USE, INVALID
from local.sagemaker.resources import Request, Resources
from local.sagemaker.settings import merged
from local.sagemaker.store import Record
from local.sagemaker.studio_images import check_references
from local.sagemaker.studio_kinds import APP, DOMAIN, PROFILE, SPACE, refuse_while
from local.service import ApiError

SHARED_PROFILE = "domain-shared"
"""Owner of the one RStudio server of a domain; no profile that anybody made."""
SERVER = "RStudioServerProDomainSettings"
CHANGEABLE = ("InService", "Update_Failed")
SETTINGS = ("DefaultUserSettings", "DefaultSpaceSettings")


class Studio:
    """Operations on domains; `resources` answers those that need no rule."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        resources.add(DOMAIN)

    def create_domain(self, request: Request) -> Record:
        self._check(request, request, request.get("DomainSettings") or {})
        id = f"d-{uuid.uuid4().hex[:12]}"
        ids = {"DomainId": id, "HomeEfsFileSystemId": domain_network.furnish(id, request)}
        url = f"https://{ids['DomainId']}.studio.{get_region()}.sagemaker.aws"
        settings = {name: merged({}, request[name]) for name in SETTINGS if name in request}
        domain = self.resources.create(DOMAIN, {**request, **settings, **ids, "Url": url})
        self._serve_rstudio(domain, {})
        return domain

    def update_domain(self, request: Request) -> Record:
        domain = self.store.get(DOMAIN, request["DomainId"])
        if domain["Status"] not in CHANGEABLE:
            raise ApiError(IN_USE, f"Domain [{domain['DomainId']}] is {domain['Status']}; it cannot be updated now.")
        change = dict(request)
        given = dict(change.pop("DomainSettingsForUpdate", None) or {})
        if (server := given.pop(f"{SERVER}ForUpdate", None)) is not None:
            given[SERVER] = server
        standing = domain.get("DomainSettings") or {}
        change["DomainSettings"] = merged(standing, given)
        self._check_running(domain, standing, change)
        self._check(request, {**domain, **change}, change["DomainSettings"])
        for name in SETTINGS:
            if name in change:
                change[name] = merged(domain.get(name) or {}, change[name])
        updated = self.resources.update(DOMAIN, change)
        self._serve_rstudio(updated, standing)
        return updated

    def delete_domain(self, request: Request) -> None:
        domain = self.store.get(DOMAIN, request["DomainId"])
        id = domain["DomainId"]
        for kind in (APP, SPACE, PROFILE):
            refuse_while(self.store, kind, f"Unable to delete Domain {id}", DomainId=id)
        domain_network.leave(domain, request)
        self.resources.delete(DOMAIN, request)

    def create_presigned_domain_url(self, request: Request) -> Request:
        domain = self.store.get(DOMAIN, request["DomainId"])
        self.store.get(PROFILE, request["DomainId"], request["UserProfileName"])
        if space := request.get("SpaceName"):
            self.store.get(SPACE, request["DomainId"], space)
        return {"AuthorizedUrl": f"{domain['Url']}/auth?token={uuid.uuid4().hex}&account={get_account_id()}"}

    def _check(self, request: Request, domain: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        """What a request asks of the domain that it leads to."""
        server, management = settings.get(SERVER), request.get("AppSecurityGroupManagement")
        if management and not server:
            raise ApiError(INVALID, "AppSecurityGroupManagement can only be set for Rstudio enabled domains.")
        within = domain.get("AppNetworkAccessType") == "VpcOnly"
        if server and within and domain.get("AppSecurityGroupManagement") != "Service":
            raise ApiError(INVALID, "AppSecurityGroupManagement must be Service for RStudio in VpcOnly mode.")
        for name in SETTINGS:
            check_references(self.store, request.get(name))

    def _check_running(self, domain: Record, standing: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        """Some things cannot change under a running application."""
        identity = "ExecutionRoleIdentityConfig"
        changed = [identity] if change["DomainSettings"].get(identity) != standing.get(identity) else []
        access = "AppNetworkAccessType"
        changed += [access] if change.get(access, domain.get(access)) != domain.get(access) else []
        for name in changed:
            refuse_while(self.store, APP, f"{name} cannot be changed", DomainId=domain["DomainId"])

    def _serve_rstudio(self, domain: Record, before: Mapping[str, Any]) -> None:
        """A domain that gets RStudio gets one server, which SageMaker starts; it must be deleted before the domain."""
        if SERVER in (domain.get("DomainSettings") or {}) and SERVER not in before:
            server = {"DomainId": domain["DomainId"], "UserProfileName": SHARED_PROFILE, "Owner": SHARED_PROFILE}
            self.resources.create(APP, {**server, "AppType": "RStudioServerPro", "AppName": "default"})
