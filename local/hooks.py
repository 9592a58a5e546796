"""Every ministack name that the extensions lean on, checked before anything is installed.

ministack has no plug-ins: an extension replaces or calls module-level names
of exactly one version. Each extension declares what it touches:

    HOOKS = ("ministack.services.cloudwatch:_evaluate_alarm _metrics",)

so a ministack that changed is refused at the start, not in the middle of a run.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from importlib.metadata import version

MINISTACK = "1.5.33"


class HookMissing(Exception):
    """The installed ministack is not the one that the extensions were written for; the message is one sentence."""


def check(hooks: Iterable[str], installed: str | None = None) -> None:
    """Raise HookMissing unless ministack is the pinned version and has every name in `hooks` ("module:name name")."""
    found = version("ministack") if installed is None else installed
    if found != MINISTACK:
        raise HookMissing(f"The embedded AWS needs ministack=={MINISTACK}, but {found} is installed.")
    missing = [name for hook in hooks for name in _missing(hook)]
    if missing:
        raise HookMissing(f"ministack {found} lacks what the embedded AWS leans on: {', '.join(missing)}.")


def _missing(hook: str) -> list[str]:
    module_name, _, names = hook.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        return [module_name]
    return [f"{module_name}.{name}" for name in names.split() if not hasattr(module, name)]
