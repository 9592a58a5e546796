"""Images of a team's own without containers: the sources that were deployed, run as their Dockerfile says.

Which image is made of what is said by the project that builds it (`core.contracts.builds`): its sources lie in S3, and
its tag is their content. What the Dockerfile does beside its ENTRYPOINT is not done: the program runs in the folder of
its sources, with the packages of this Python.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from core.contracts.builds import BuildEnvironment, ImageOrder, orders_from_json
from core.contracts.content import content_tag
from local import codebuild, images, settings
from local.codebuild.sources import NoSource, unpack
from local.dockerfile import entrypoint
from local.images import NoSuchImage, Program

Build = tuple[dict[str, Any], ImageOrder]
"""A project, and one image that it builds from a folder of the team's own."""


def program(uri: str) -> Program:
    """What to run for any image. NoSuchImage where there is none, and where it cannot run without a container."""
    try:
        return images.program(uri)
    except NoSuchImage:
        build = deployed(uri)
        if build is None:
            raise
    folder = sources(uri)
    command = entrypoint((folder / build[1].dockerfile).read_text(encoding="utf-8"))
    if not _runs(command, folder):
        raise NoSuchImage(
            f"Cannot pull algorithm container: {uri} runs {_shown(command)}. Without a container engine an image of a "
            'team\'s own can only run as a process, where its Dockerfile says ENTRYPOINT ["python", "<file>"] or '
            '["python", "-m", "<module>"] with what lies in its folder. Launch with ENGINE=docker to run any other.'
        )
    return Program(command, folder)


def deployed(uri: str) -> Build | None:
    """The build that makes this very image, tag included."""
    projects = codebuild.running().projects
    for name in projects.list_projects({})["projects"]:
        project = projects.get(name)
        variables = {each["name"]: each["value"] for each in project["environment"].get("environmentVariables", ())}
        try:
            told = BuildEnvironment.read(variables)
        except LookupError:
            continue  # it builds something else
        for order in orders_from_json(told.images):
            if order.source and uri == f"{told.registry}/{order.repository}:{order.tag}":
                return project, order
    return None


def sources(uri: str) -> Path:
    """Folder with what a deployed image is made of. NoSuchImage where that cannot be had, or is something else."""
    build = deployed(uri)
    assert build is not None, uri
    project, order = build
    folder = settings.current().temporary / "images" / order.repository / order.tag
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            _fetch(project, order, aside)
            aside.rename(folder)
        except OSError:
            if not folder.exists():  # else another job was faster
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return folder


def _fetch(project: dict[str, Any], order: ImageOrder, folder: Path) -> None:
    found = [each for each in project.get("secondarySources", ()) if each.get("sourceIdentifier") == order.source]
    try:
        unpack(project, found[0]["location"], folder)
    except NoSource as fault:
        raise NoSuchImage(f"Cannot pull algorithm container: the sources of {order.repository}: {fault}") from None
    if (tag := content_tag(folder, (".",))) != order.tag:
        raise NoSuchImage(
            f"Cannot pull algorithm container: the sources of {order.repository}:{order.tag} have the tag {tag}: "
            "deploy the artifacts stack again."
        )


def _runs(command: tuple[str, ...], folder: Path) -> bool:
    """Whether it is Python on a file or a module of the folder."""
    if not command or command[0] not in ("python", "python3"):
        return False
    rest = list(command[1:])
    while rest and rest[0].startswith("-") and rest[0] != "-m":
        rest.pop(0)
    if rest[:1] == ["-m"] and len(rest) > 1:
        module = folder / rest[1].replace(".", "/")
        return module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()
    return bool(rest) and not PurePosixPath(rest[0]).is_absolute() and (folder / rest[0]).is_file()


def _shown(command: tuple[str, ...]) -> str:
    return " ".join(command) if command else "no ENTRYPOINT in exec form"
