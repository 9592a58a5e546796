"""A buildspec as one shell script: its phases in order, each until its first command that fails.

The rules are those of the CodeBuild guide, "Build specification reference" and "Build phase transitions", version 0.2:
all commands share one shell; what a failed `install` or `pre_build` leaves out is everything after it, while
`post_build` also follows a `build` that failed; the commands under `finally` run in any case.
"""

from __future__ import annotations

import shlex
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
KNOWN = {"version", "env", "phases", "artifacts", "cache", "reports"}
MARK = "Phase complete: "


class InvalidBuildspec(Exception):
    """The message is one sentence."""


def script(text: str) -> str:
    """A bash script that exits with 1 where the build failed, and writes a line with MARK after each phase.

    Raises InvalidBuildspec.
    """
    spec = _read(text)
    lines = ["failed=0"]
    for name, value in (spec.get("env") or {}).get("variables", {}).items():
        lines.append(f"export {name}={shlex.quote(str(value))}")
    for phase in PHASES:
        if described := (spec["phases"] or {}).get(phase):
            lines += _phase(phase, described)
    return "\n".join([*lines, "exit $failed", ""])


def _read(text: str) -> dict[str, Any]:
    try:
        spec = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidBuildspec(f"YAML_FILE_ERROR: {str(error).splitlines()[0]}") from None
    if not isinstance(spec, dict) or str(spec.get("version")) != "0.2" or not isinstance(spec.get("phases"), dict):
        raise InvalidBuildspec("YAML_FILE_ERROR: a buildspec has version 0.2 and phases")
    if strange := sorted(spec.keys() - KNOWN) + sorted(spec["phases"].keys() - set(PHASES)):
        raise InvalidBuildspec(f"YAML_FILE_ERROR: unknown keys {', '.join(strange)}")
    if unmodelled := sorted((spec.get("env") or {}).keys() - {"shell", "variables"}):
        raise InvalidBuildspec(f"The embedded AWS does not model env/{', env/'.join(unmodelled)}")
    return spec


def _phase(phase: str, described: dict[str, Any]) -> list[str]:
    name = phase.upper()
    condition = "$failed -eq 0" if phase != "post_build" else "${stopped:-0} -eq 0"
    commands = [f"  eval {shlex.quote(str(command))} || return" for command in described.get("commands") or ()]
    finally_ = [f"  eval {shlex.quote(str(command))}" for command in described.get("finally") or ()]
    stops = [] if phase in ("build", "post_build") else ["    stopped=1"]
    return [
        f"phase_{phase}() {{",
        f"  echo 'Entering phase {name}'",
        *commands,
        "}",
        f"if [ {condition} ]; then",
        f"  if phase_{phase}; then state=SUCCEEDED; else",
        "    state=FAILED; failed=1",
        *stops,
        "  fi",
        *finally_,
        f"  echo '{MARK}{name} State: '$state",
        "fi",
    ]
