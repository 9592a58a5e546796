"""The Dockerfile keeps what `core.contracts.images` says, and what a safe image needs."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import re
import sys
from pathlib import Path

import pytest

from containers.build import chosen, commands, main
from containers.model import MODULES
from core.config.load import load_teams
from core.contracts.content import content_tag
from core.contracts.images import (
    BASELINE,
    EVERY,
    GATE,
    IMAGES,
    MONITOR,
    PREPARE,
    PROCESS,
    SERVE,
    SPARK,
    TRAIN,
    Image,
    Program,
)
from infra.images import image_uris
from infra.tenant import Tenant

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "containers" / "Dockerfile").read_text()
STAGES = dict(
    zip(
        re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE),
        re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:],
        strict=True,
    )
)


def copied(image: Image) -> list[str]:
    """Paths of the repository that are in the image."""
    stages = "".join(STAGES[name] for name in _lineage(image.name))
    lines = re.findall(r"^COPY (?!--from)(.+)$", stages, re.MULTILINE)
    return [path for line in lines for source in line.split()[:-1] for path in _expanded(source)]


def _lineage(stage: str) -> list[str]:
    """The stage, the one that it begins with, and so on."""
    (before,) = re.findall(rf"^FROM (\S+) AS {stage}$", DOCKERFILE, re.MULTILINE)
    return [*(_lineage(before) if before in STAGES else ()), stage]


def _expanded(source: str) -> list[str]:
    found = list(ROOT.glob(source))
    assert found, f"{source} does not exist"
    files = [file for path in found for file in ([path] if path.is_file() else path.rglob("*.py"))]
    return [file.relative_to(ROOT).as_posix() for file in files]


@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_the_entry_point_is_the_one_of_the_contract(image: Image) -> None:
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", STAGES[image.name], re.MULTILINE)
    assert tuple(json.loads(entry)) == image.entrypoint


@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_no_image_runs_as_root(image: Image) -> None:
    *_, user = re.findall(r"^USER (\d+)", STAGES[image.name], re.MULTILINE)
    assert int(user) > 0


def test_the_base_is_pinned_by_its_digest() -> None:
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_every_package_is_held_by_its_hash(image: Image) -> None:
    folder = ROOT / "containers" / "requirements"
    lock = (folder / f"{image.name}.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE))
    assert pinned == set(re.findall(r"^([a-z0-9-]+)", lock, re.MULTILINE))
    wanted = {line for line in (folder / f"{image.name}.txt").read_text().split("\n") if line and line[0] != "#"}
    assert wanted <= pinned
    assert "--require-hashes" in STAGES["installer"]


PROGRAMS = pytest.mark.parametrize(
    ("image", "module"),
    [(image, f"{image.entrypoint[-1]}.__main__") for image in EVERY]
    + [(PROCESS, f"{program.module}.__main__") for program in (PREPARE, BASELINE, GATE, MONITOR)]
    + [(image, f"containers.frameworks.{name}") for image in (SERVE, PROCESS) for name in MODULES.values()]
    + [(TRAIN, f"containers.frameworks.{MODULES['model.json']}")],
)
"""What an image runs, and what it imports where it finds such a model."""


@PROGRAMS
def test_every_module_that_a_program_imports_is_in_its_image(image: Image, module: str) -> None:
    inside = set(copied(image))
    for name in _closure(module):
        assert _file(name) in inside, f"{name} is not in the image {image.name}"


def _closure(module: str) -> set[str]:
    """All modules of this repository that a program imports, by whatever way."""
    waiting, seen = [module], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _imports(ROOT / _file(name))
    return seen


@PROGRAMS
def test_every_package_that_a_program_imports_is_in_its_image(image: Image, module: str) -> None:
    locks = [ROOT / "containers" / "requirements" / f"{stage}.lock" for stage in _lineage(image.name)]
    text = "".join(lock.read_text() for lock in locks if lock.exists())
    locked = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    for own in _closure(module):
        for package in _packages(ROOT / _file(own)) - {"torch"}:  # who asks for it gets it: `TORCH` of the Dockerfile
            known = {_distribution(name) for name in DISTRIBUTIONS.get(package, [package])}
            assert known & locked, f"{own} imports {package}, which the image {image.name} has not"


DISTRIBUTIONS = importlib.metadata.packages_distributions()


def _distribution(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _packages(file: Path) -> set[str]:
    """Top names of what a file imports, late ones too; without this repository and the standard library."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"containers", "core"}


def _file(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (ROOT / path / "__init__.py").exists() else f"{path}.py"


def _imports(file: Path) -> list[str]:
    """Modules of this repository that a file imports, and the packages above them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    own = {name for name in names if name.split(".")[0] in ("containers", "core") and (ROOT / _file(name)).exists()}
    return sorted({name.rsplit(".", depth)[0] for name in own for depth in range(name.count(".") + 1)})


@pytest.mark.parametrize("program", [PREPARE, BASELINE, GATE, MONITOR], ids=lambda program: program.module)
def test_a_program_starts_nothing_when_it_is_imported(program: Program) -> None:
    assert importlib.import_module(f"{program.module}.__main__") is sys.modules[f"{program.module}.__main__"]


def test_the_tag_of_what_is_built_is_the_tag_that_is_deployed() -> None:
    [team] = load_teams(ROOT / "teams")
    uris = image_uris(Tenant(team, team.environments[0], "111122223333"))
    for image, command in _built():
        repository, _, tag = uris[image.name].partition(":")
        assert repository.endswith(f"/demo-dev/{image.name}")
        assert f"homeostat/{image.name}:{tag}" in command


def test_torch_is_in_an_image_where_somebody_asked_for_it_alone() -> None:
    for stage in ("serve-packages", "process-packages"):
        assert re.findall(r"^ARG TORCH=(.*)$", STAGES[stage], re.MULTILINE) == [""]
        assert re.search(r'if \[ -n "\$TORCH" \]; then .+ \$TORCH; fi', STAGES[stage])


def test_images_that_few_teams_need_are_built_where_they_are_named() -> None:
    assert chosen(["spark", "train", "--build-arg", "BASE=spark"]) == ([SPARK, TRAIN], ["--build-arg", "BASE=spark"])
    assert chosen(["--no-cache"]) == (IMAGES, ["--no-cache"])
    [command] = commands("0a1b", [], [SPARK])
    assert command[-5:] == ["--tag", "homeostat/spark", "--tag", "homeostat/spark:0a1b", "."]


def test_what_has_no_wheel_is_made_of_what_its_hash_holds() -> None:
    """pyspark alone, by tools of a lock of their own, and without the network."""
    stage = STAGES["spark-packages"]
    (wheel,) = re.findall(r"pip wheel (.+?)&&", stage.replace("\\\n", ""), re.DOTALL)
    assert {"--require-hashes", "--no-build-isolation", "--no-binary pyspark"} <= set(
        re.split(r" (?=-)", wheel.replace("  ", ""))
    )
    lock = (ROOT / "containers" / "requirements" / "spark-build.lock").read_text()
    assert set(re.findall(r"^([a-z0-9-]+)", lock, re.MULTILINE)) == set(
        re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE)
    )
    assert "--no-index /tmp/wheels/" in stage


def _built() -> list[tuple[Image, list[str]]]:
    return list(zip(IMAGES, commands(content_tag(ROOT), []), strict=True))


def test_a_changed_file_changes_the_tag(tmp_path: Path) -> None:
    file = tmp_path / "core" / "a.py"
    file.parent.mkdir()
    tags = []
    for content in ("1", "2", "1"):
        file.write_text(content)
        tags.append(content_tag(tmp_path))
    assert tags[0] == tags[2] != tags[1]


def test_without_a_container_engine_the_build_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install a container engine" in (main([]) or "")
