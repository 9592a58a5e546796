"""Builds: started, followed, stopped; each on a thread of its own."""

from __future__ import annotations

import contextvars
import threading
import uuid
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id
from ministack.services import cloudwatch

from local import clock
from local.codebuild.container import Build, BuildFailed
from local.codebuild.projects import Projects, Record, arn_of
from local.events import emit
from local.service import ApiError

NAMESPACE = "AWS/CodeBuild"
OVER = ("SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED")
OVERRIDES = ("sourceVersion", "environmentVariablesOverride", "buildspecOverride", "idempotencyToken")
"""Of StartBuild's many members, those that are modelled."""


class Builds:
    """The operations on them."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects
        self._builds = AccountRegionScopedDict()
        self._running: dict[str, Build] = {}
        self._guard = threading.Lock()

    def start_build(self, request: Record) -> Record:
        project = self._projects.get(request["projectName"])
        if strange := sorted(request.keys() - {"projectName", *OVERRIDES}):
            raise ApiError("InvalidInputException", f"The embedded AWS does not model {', '.join(strange)}")
        with self._guard:
            limit = project.get("concurrentBuildLimit")
            if limit is not None and len(self._unfinished(project["name"])) >= limit:
                text = f"Cannot have more than {limit} builds in queue for the project {project['name']}"
                raise ApiError("AccountLimitExceededException", text)
            record = self._new(project, request)
            build = Build(project, record, request)
            self._builds[record["id"]], self._running[record["id"]] = record, build
        self._tell(record)
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run, record, build), daemon=True, name=record["id"]).start()
        return {"build": record}

    def batch_get_builds(self, request: Record) -> Record:
        found = {id: self._builds.get(id) for id in request["ids"]}
        missing = [id for id, build in found.items() if build is None]
        return {"builds": [build for build in found.values() if build], "buildsNotFound": missing}

    def list_builds_for_project(self, request: Record) -> Record:
        name = self._projects.get(request["projectName"])["name"]
        ids = [record["id"] for record in self._builds.values() if record["projectName"] == name]
        return {"ids": ids if request.get("sortOrder") == "ASCENDING" else ids[::-1]}

    def list_builds(self, request: Record) -> Record:
        ids = list(self._builds.keys())
        return {"ids": ids if request.get("sortOrder") == "ASCENDING" else ids[::-1]}

    def stop_build(self, request: Record) -> Record:
        record = self._builds.get(request["id"])
        if record is None:
            raise ApiError("ResourceNotFoundException", f"Build cannot be found: {request['id']}")
        if (build := self._running.get(request["id"])) is not None:
            build.stop()
        return {"build": record}

    def stop(self) -> None:
        """End what runs."""
        for build in list(self._running.values()):
            build.stop()

    def reset(self) -> None:
        self.stop()
        self._builds.clear()

    def _new(self, project: Record, request: Record) -> Record:
        id = f"{project['name']}:{uuid.uuid4()}"
        taken = ("source", "secondarySources", "environment", "serviceRole", "timeoutInMinutes", "encryptionKey")
        logs = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {}
        return {
            **{name: project[name] for name in taken if name in project},
            "id": id,
            "arn": arn_of(f"build/{id}"),
            "buildNumber": 1 + sum(record["projectName"] == project["name"] for record in self._builds.values()),
            "projectName": project["name"],
            "buildStatus": "IN_PROGRESS",
            "buildComplete": False,
            "currentPhase": "QUEUED",
            "startTime": clock.now(),
            "initiator": get_account_id(),
            "sourceVersion": request.get("sourceVersion"),
            "phases": [{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": clock.now()}],
            "logs": {
                "groupName": logs.get("groupName") or f"/aws/codebuild/{project['name']}",
                "streamName": id.partition(":")[2],
            },
        }

    def _unfinished(self, project: str) -> list[Record]:
        return [r for r in self._builds.values() if r["projectName"] == project and r["buildStatus"] not in OVER]

    def _run(self, record: Record, build: Build) -> None:
        try:
            status, reason = build.run(), ""
        except BuildFailed as failure:
            status, reason = "FAILED", str(failure)
            build.phase(failure.phase, "FAILED", reason)
        build.phase("COMPLETED")
        record.update(buildStatus=status, buildComplete=True, currentPhase="COMPLETED", endTime=clock.now())
        del self._running[record["id"]]
        metric = "SucceededBuilds" if status == "SUCCEEDED" else "FailedBuilds"
        if status != "STOPPED":
            for dimensions in ({}, {"ProjectName": record["projectName"]}):
                cloudwatch.record_metric(NAMESPACE, metric, 1, "Count", dimensions)
        self._tell(record)

    def _tell(self, record: Record) -> None:
        """`CodeBuild Build State Change`."""
        detail: dict[str, Any] = {
            "build-status": record["buildStatus"],
            "project-name": record["projectName"],
            "build-id": record["arn"],
            "current-phase": record["currentPhase"],
            "version": "1",
        }
        emit("aws.codebuild", "CodeBuild Build State Change", detail, [record["arn"]])
