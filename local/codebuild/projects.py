"""Projects: what a build is made with."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from local import clock
from local.credentials import role_environment
from local.service import ApiError

Record = dict[str, Any]
PRINCIPAL = "codebuild.amazonaws.com"
LONGEST_VARIABLES = 5500
DEFAULTS = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}


def arn_of(resource: str) -> str:
    return f"arn:aws:codebuild:{get_region()}:{get_account_id()}:{resource}"


class Projects:
    """The operations on them."""

    def __init__(self) -> None:
        self._projects = AccountRegionScopedDict()

    def create_project(self, request: Record) -> Record:
        name = request["name"]
        if name in self._projects:
            raise ApiError("ResourceAlreadyExistsException", f"Project already exists: {arn_of(f'project/{name}')}")
        _check(request)
        now = clock.now()
        made = {**DEFAULTS, **request, "arn": arn_of(f"project/{name}"), "created": now, "lastModified": now}
        self._projects[name] = made
        return {"project": made}

    def update_project(self, request: Record) -> Record:
        changed = {**self.get(request["name"]), **request, "lastModified": clock.now()}
        _check(changed)
        self._projects[request["name"]] = changed
        return {"project": changed}

    def delete_project(self, request: Record) -> None:
        """Nothing happens where there is none."""
        self._projects.pop(request["name"], None)

    def batch_get_projects(self, request: Record) -> Record:
        found = {name: self._projects.get(name.rpartition("/")[2]) for name in request["names"]}
        missing = [name for name, project in found.items() if project is None]
        return {"projects": [project for project in found.values() if project], "projectsNotFound": missing}

    def list_projects(self, request: Record) -> Record:
        names = sorted(self._projects.keys(), reverse=request.get("sortOrder") == "DESCENDING")
        return {"projects": names}

    def get(self, name: str) -> Record:
        """ApiError where there is none. By name or ARN."""
        project: Record | None = self._projects.get(name.rpartition("/")[2])
        if project is None:
            raise ApiError("ResourceNotFoundException", f"Project cannot be found: {name}")
        return project

    def reset(self) -> None:
        self._projects.clear()


def _check(project: Record) -> None:
    """What the API's model does not say of a project, and what is not modelled here."""
    sources = [project["source"], *project.get("secondarySources", ())]
    for source in sources:
        if source["type"] not in ("S3", "NO_SOURCE"):
            text = f"Source type {source['type']}: the embedded AWS builds from S3 or from nothing."
            raise ApiError("InvalidInputException", text)
        if source["type"] == "S3" and "/" not in source.get("location", ""):
            raise ApiError("InvalidInputException", "Invalid project source: location must be a valid S3 source")
    variables = project["environment"].get("environmentVariables", ())
    if sum(len(each["name"]) + len(each["value"]) for each in variables) > LONGEST_VARIABLES:
        text = f"Environment variables: together they have more than {LONGEST_VARIABLES} characters"
        raise ApiError("InvalidInputException", text)
    try:
        role_environment(project["serviceRole"], "CodeBuild", PRINCIPAL)
    except ApiError:
        text = f"CodeBuild is not authorized to perform: sts:AssumeRole on {project['serviceRole']}"
        raise ApiError("InvalidInputException", text) from None
