"""Definitions of all pipelines, compiled once for each content of what they are made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from core.config.environment import Environment
from core.config.model import Model
from core.config.team import Team
from pipelines.offline import before_import

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "pipelines"
SOURCES = ("pipelines", "core")


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
    path = CACHE / f"{hashlib.sha256(content.encode()).hexdigest()[:32]}.json"
    if path.exists():
        return path.read_text()
    before_import(region)
    from pipelines.training import definition

    compiled = definition(team, environment, model, account, region, image_uris)
    CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{hashlib.sha256(compiled.encode()).hexdigest()[:8]}.part")
    unfinished.write_text(compiled)
    unfinished.replace(path)
    return compiled


def _sources() -> str:
    """Hash of every source that a definition is made from."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()
