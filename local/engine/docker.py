"""Images as containers: `docker run` with the job's folder mounted at /opt/ml, on the host's network.

The host's network lets a container reach the embedded AWS, which listens on loopback alone. The image of a URI is
`homeostat/<last part of the repository's path>`, built from `containers/Dockerfile`; an image of a team's own goes by
its URI alone, whose tag is its content.
"""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable

from core.contracts.images import BASE_DIR
from local import own_images, settings
from local.engine.work import Work
from local.images import NoSuchImage, name_of
from local.launch import CannotLaunch
from local.processes import Process

ML = "/opt/ml"
LABEL = "homeostat.home"


class Container:
    """A `docker run` in the foreground: its client passes SIGTERM on to the program; SIGKILL needs the daemon."""

    def __init__(self, name: str, client: Process) -> None:
        self._name, self._client = name, client

    @property
    def exit_code(self) -> int | None:
        return self._client.exit_code

    def wait(self, timeout_s: float | None = None) -> int | None:
        return self._client.wait(timeout_s)

    def terminate(self) -> None:
        self._client.terminate()

    def stop(self, grace_s: float) -> None:
        self._client.terminate()
        if self._client.wait(grace_s) is None:
            _docker("kill", self._name)
            self._client.stop(grace_s)


def start(work: Work, on_line: Callable[[str], None], on_exit: Callable[[], None]) -> Container:
    """NoSuchImage where the image was not built here."""
    own = own_images.deployed(work.image) is not None
    image = work.image if own else f"homeostat/{name_of(work.image)}"
    if _docker("image", "inspect", "--format", "{{.Id}}", image).returncode:
        build = f"docker build --tag {image} {own_images.sources(image)}" if own else "make images"
        missing = f"{work.image} stands for {image}, which is not built here: run `{build}`."
        raise NoSuchImage(f"Cannot pull algorithm container: {missing}")
    name = f"homeostat-{uuid.uuid4().hex[:12]}"
    command = ["docker", "run", *_options(work, name), image, *work.entrypoint[1:], *work.arguments]
    return Container(name, Process(command, work.root, dict(work.environment), on_line, on_exit))


def require() -> None:
    """CannotLaunch where no container engine answers."""
    answer = _docker("version", "--format", "{{.Server.Version}}")
    if answer.returncode:
        why = (answer.stderr.strip().splitlines() or ["no answer"])[-1]
        raise CannotLaunch(f"No container engine answers ({why}): start Docker, or leave `--engine docker` out.")


def remove_containers() -> None:
    """Remove every container that a run in this home has left."""
    left = _docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}={settings.current().home}").stdout.split()
    if left:
        _docker("rm", "--force", *left)


def _options(work: Work, name: str) -> list[str]:
    """Variables are only named: the client passes their values on, so that no secret stands in a command line."""
    options = ["--rm", "--name", name, "--label", f"{LABEL}={settings.current().home}", "--network", "host"]
    options += ["--user", f"{os.getuid()}:{os.getgid()}", "--volume", f"{work.root}:{ML}", "--env", f"{BASE_DIR}={ML}"]
    for variable in work.environment.keys() - {BASE_DIR}:
        options += ["--env", variable]
    if work.entrypoint:
        options += ["--entrypoint", work.entrypoint[0]]
    return options


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    # The launcher hides the container engine from ministack by DOCKER_HOST; here it is wanted.
    environment = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError:
        return subprocess.CompletedProcess(arguments, 127, "", "docker is not installed")
