"""Images for tests: programs of a few lines, registered as `local.images` reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Images:
    """The register of one embedded AWS."""

    home: Path

    def add(self, **programs: str) -> Self:
        """`add(train="print('trained')")`; a name has hyphens where the argument has underscores."""
        register, folder = self.home / "images.json", self.home / "programs"
        folder.mkdir(exist_ok=True)
        known = json.loads(register.read_text()) if register.exists() else {}
        for argument, source in programs.items():
            name = argument.replace("_", "-")
            program = folder / f"{name}.py"
            program.write_text(source)
            known[name] = {"entrypoint": ["python", str(program)], "folder": str(folder)}
        unfinished = register.with_suffix(".part")
        unfinished.write_text(json.dumps(known))
        unfinished.replace(register)
        return self

    def end_at_once(self, image: str) -> Self:
        """Where what an image does is of no interest: it does nothing, and fails."""
        return self.add(**{image: "raise SystemExit(1)"})

    @staticmethod
    def uri(name: str) -> str:
        return f"000000000000.dkr.ecr.us-east-1.amazonaws.com/team-dev/{name}:tag"


def output(logs: Any, group: str, job: str) -> list[str]:
    """Lines that the processes of a job wrote, one stream after the other."""
    streams = logs.describe_log_streams(logGroupName=f"/aws/sagemaker/{group}", logStreamNamePrefix=f"{job}/")
    return [
        event["message"]
        for stream in streams["logStreams"]
        for event in logs.get_log_events(
            logGroupName=f"/aws/sagemaker/{group}", logStreamName=stream["logStreamName"], startFromHead=True
        )["events"]
    ]
