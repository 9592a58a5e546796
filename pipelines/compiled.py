"""Definitions of all pipelines, compiled once for each content of what they are made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from core.config.environment import Environment
from core.config.model import Model
from core.config.team import Team
from pipelines.offline import before_import

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "pipelines"
SOURCES = ("pipelines", "core")
MOST_KEPT = 2000
"""Definitions; the oldest go first."""


def training_definition(
    team: Team, environment: Environment, model: Model, account: str, region: str, image_uris: Mapping[str, str]
) -> str:
    """The training pipeline of one model as JSON, with the placeholders of `core.contracts.definition`.

    `image_uris` maps the name of an image to its URI. Nothing is compiled, and the SDK (seconds of import) is not
    imported, when neither the inputs nor the sources nor the SDK changed since the last time.
    """
    inputs = [team.team, team.cost_center, environment.name, account, region, dict(image_uris)]
    inputs += [environment.network.model_dump(mode="json"), model.model_dump(mode="json")]
    content = json.dumps([*inputs, version("sagemaker"), _sources()], sort_keys=True)
    path = CACHE / f"{_digest(content)[:32]}.json"
    kept = _kept(path)
    if kept is not None:
        return kept
    before_import(region)
    from pipelines.training import definition

    compiled = definition(team, environment, model, account, region, image_uris)
    _keep(path, compiled)
    return compiled


def _kept(path: Path) -> str | None:
    """What lies there, unless somebody changed it: the first line is the digest of the rest."""
    if not path.exists():
        return None
    digest, _, compiled = path.read_text().partition("\n")
    return compiled if _digest(compiled) == digest else None


def _keep(path: Path, compiled: str) -> None:
    """Write aside, then rename: runs side by side see all of it or nothing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=CACHE, suffix=".part", delete=False) as aside:
        aside.write(f"{_digest(compiled)}\n{compiled}")
    Path(aside.name).replace(path)
    for old in sorted(CACHE.iterdir(), key=_age)[MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except FileNotFoundError:  # a run beside this one tidied up as well
        return 0.0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _sources() -> str:
    """Hash of every source that a definition is made from."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()
