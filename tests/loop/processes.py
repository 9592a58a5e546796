"""Which processes a run of the demonstration has left behind."""

from __future__ import annotations

from pathlib import Path


def that_mention(folder: Path) -> list[str]:
    """Command lines of all processes whose arguments or environment name a folder, but for this one's own."""
    needle = str(folder).encode()
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            if needle in command or needle in (process / "environ").read_bytes():
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found
