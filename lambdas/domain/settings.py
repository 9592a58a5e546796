"""What is to change on a domain so that it is as its settings say. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.contracts.domain_settings import CODE_EDITOR, JUPYTER_LAB, NO_CANVAS, DomainSettings
from lambdas.domain.ports import Change, Standing, Version

CANVAS, IMAGES, SCRIPT = "CanvasAppSettings", "CustomImages", "BuiltInLifecycleConfigArn"
NO_SCRIPT = "None"
"""The API's word for it."""


def needs_version(newest: str | None, version: Version | None) -> bool:
    """Whether a version is to be made of what was pushed last. One that failed is tried again."""
    if newest is None:
        return False
    return version is None or version.base != newest or version.status == "CREATE_FAILED"


def changes(
    wanted: DomainSettings, before: DomainSettings, standing: Standing, ready: Collection[str]
) -> Change | None:
    """None where the domain is already as it should be. `ready` are the images that have a version: SageMaker shows
    no other. `before` are the settings that this function carried out the last time."""
    user: dict[str, Any] = {}
    space: dict[str, Any] = {}
    canvas = _canvas(wanted, before)
    if canvas is not None and not _says(standing.user.get(CANVAS) or {}, canvas):
        user[CANVAS] = canvas
    for app in (JUPYTER_LAB, CODE_EDITOR):
        if change := _app(app, wanted, before, standing.user.get(app) or {}, ready):
            user[app] = change
    if change := _app(JUPYTER_LAB, wanted, before, standing.space.get(JUPYTER_LAB) or {}, ready):
        space[JUPYTER_LAB] = change
    return Change(user, space) if user or space else None


def _canvas(wanted: DomainSettings, before: DomainSettings) -> Mapping[str, Any] | None:
    if wanted.canvas is not None:
        return wanted.canvas.members()
    return NO_CANVAS if before.canvas is not None else None


def _app(
    app: str, wanted: DomainSettings, before: DomainSettings, standing: Mapping[str, Any], ready: Collection[str]
) -> dict[str, Any]:
    change: dict[str, Any] = {}
    images = [
        {"ImageName": image.name, "AppImageConfigName": image.configs[app]}
        for image in wanted.images
        if image.name in ready and app in image.configs
    ]
    if images != list(standing.get(IMAGES) or ()) and (wanted.images or before.images):
        change[IMAGES] = images
    if app in before.setup and app not in wanted.setup and standing.get(SCRIPT, NO_SCRIPT) != NO_SCRIPT:
        change[SCRIPT] = NO_SCRIPT
    return change


def _says(standing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether everything that is wanted stands there; an empty list is not answered."""
    for name, value in wanted.items():
        found = standing.get(name)
        if isinstance(value, Mapping):
            if not _says(found or {}, value):
                return False
        elif (found or None) != (value or None):
            return False
    return True
