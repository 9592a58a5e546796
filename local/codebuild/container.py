"""One build: its sources, and its buildspec in a container."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from ministack.core.responses import get_region

from local import clock, settings
from local.codebuild.buildspec import MARK, InvalidBuildspec, script
from local.codebuild.projects import PRINCIPAL
from local.codebuild.sources import SESSION, NoSource, unpack
from local.credentials import role_environment
from local.engine.docker import LABEL
from local.logs import LogStream
from local.places import vpc_of
from local.processes import Process

HOME = "/codebuild"
"""Where a container sees the folder of its build; the sources lie below it."""
STANDARD = "aws/codebuild/"
REGISTRY = "public.ecr.aws/codebuild/"
"""Where AWS publishes the images whose names in a project begin with STANDARD."""
SOCKET = "/var/run/docker.sock"
GRACE_S = 5.0


class BuildFailed(Exception):
    """The build failed in a phase; the message is what CodeBuild would show there."""

    def __init__(self, phase: str, message: str) -> None:
        super().__init__(message)
        self.phase = phase


class Build:
    """What a build does, from its sources to its last phase; as the project's role, in the project's VPC."""

    def __init__(self, project: dict[str, Any], record: dict[str, Any], request: dict[str, Any]) -> None:
        self._project, self._record, self._request = project, record, request
        self._stream = LogStream(record["logs"]["groupName"], record["logs"]["streamName"])
        self._vpc = vpc_of({"VpcConfig": {"Subnets": (project.get("vpcConfig") or {}).get("subnets", ())}})
        self._stopped = threading.Event()
        self._process: Process | None = None

    def run(self) -> str:
        """Status at its end. Raises BuildFailed."""
        if settings.current().engine != "docker":
            text = "No container engine: the embedded AWS was launched without `--engine docker`, so it runs no builds."
            self._stream.write(text)
            raise BuildFailed("PROVISIONING", text)
        self.phase("PROVISIONING")
        folder = settings.current().temporary / "builds" / self._record["id"].replace(":", "-")
        try:
            sources = self._download(folder)
            return self._build(folder, sources)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        self._stopped.set()
        if self._process is not None:
            self._process.stop(GRACE_S)

    def phase(self, name: str, status: str = "SUCCEEDED", message: str = "") -> None:
        """Write down that a phase has ended."""
        context = [{"statusCode": "CLIENT_ERROR", "message": message}] if message else []
        phase = {"phaseType": name, "phaseStatus": status, "startTime": clock.now(), "endTime": clock.now()}
        self._record["phases"].append({**phase, "contexts": context})
        self._record["currentPhase"] = name

    def _download(self, folder: Path) -> dict[str, str]:
        """Variables that say where each source lies in the container."""
        variables = {}
        for source in (self._project["source"], *self._project.get("secondarySources", ())):
            identifier = source.get("sourceIdentifier")
            name = f"src-{identifier}" if identifier else "src"
            (folder / name).mkdir(parents=True)
            variables["CODEBUILD_SRC_DIR" + (f"_{identifier}" if identifier else "")] = f"{HOME}/{name}"
            if source["type"] == "S3":
                try:
                    unpack(self._project, source["location"], folder / name, self._vpc)
                except NoSource as fault:
                    raise BuildFailed("DOWNLOAD_SOURCE", f"{fault} for primary source and source version") from None
        self.phase("DOWNLOAD_SOURCE")
        return variables

    def _build(self, folder: Path, sources: dict[str, str]) -> str:
        try:
            (folder / "build.sh").write_text(script(self._buildspec(folder)))
        except InvalidBuildspec as fault:
            raise BuildFailed("DOWNLOAD_SOURCE", str(fault)) from None
        variables = {**self._variables(), **sources}
        name = f"homeostat-build-{self._record['id'].rpartition(':')[2]}"
        self._process = Process(_command(self._project["environment"], folder, name, variables), folder, {
            **variables, **_host(),
        }, self._line)  # fmt: skip
        code = self._process.wait(self._project["timeoutInMinutes"] * 60)
        if code is None:
            subprocess.run(["docker", "rm", "--force", name], env=_host(), capture_output=True, check=False)
            self._process.stop(GRACE_S)
            return "TIMED_OUT"
        return "STOPPED" if self._stopped.is_set() else "SUCCEEDED" if code == 0 else "FAILED"

    def _buildspec(self, folder: Path) -> str:
        """Given, written in the project, or a file of the sources."""
        told = self._request.get("buildspecOverride") or self._project["source"].get("buildspec") or "buildspec.yml"
        if "\n" in told:
            return str(told)
        file = folder / "src" / told
        if not file.is_file():
            raise BuildFailed("DOWNLOAD_SOURCE", f"YAML_FILE_ERROR: stat {file.name}: no such file or directory")
        return file.read_text()

    def _variables(self) -> dict[str, str]:
        listed = [
            *self._project["environment"].get("environmentVariables", ()),
            *self._request.get("environmentVariablesOverride", ()),
        ]
        own = {
            "CODEBUILD_BUILD_ID": self._record["id"],
            "CODEBUILD_BUILD_ARN": self._record["arn"],
            "AWS_DEFAULT_REGION": get_region(),
        }
        role = role_environment(self._project["serviceRole"], SESSION, PRINCIPAL, self._vpc)
        return {**role, **own, **{each["name"]: each["value"] for each in listed}}

    def _line(self, line: str) -> None:
        self._stream.write(line)
        if line.startswith(MARK):
            name, _, status = line.removeprefix(MARK).partition(" State: ")
            self.phase(name, status)


def _command(environment: dict[str, Any], folder: Path, name: str, variables: dict[str, str]) -> list[str]:
    """Variables are only named: the client passes their values on, so that no secret stands in a command line."""
    image = environment["image"]
    command = ["docker", "run", "--rm", "--name", name, "--label", f"{LABEL}={settings.current().home}"]
    command += ["--network", "host", "--volume", f"{folder}:{HOME}", "--workdir", f"{HOME}/src"]
    if environment.get("privilegedMode"):
        command += ["--volume", f"{SOCKET}:{SOCKET}"]
    for variable in sorted(variables):
        command += ["--env", variable]
    pulled = image.replace(STANDARD, REGISTRY, 1) if image.startswith(STANDARD) else image
    return [*command, "--entrypoint", "bash", pulled, f"{HOME}/build.sh"]


def _host() -> dict[str, str]:
    """What the engine's client needs of this process's own variables; by DOCKER_HOST the launcher hides the engine."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
