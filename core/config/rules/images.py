"""Container images of the team's own: folders that can be built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core.config.plain import Finding
from core.config.team import Team
from core.contracts.images import EVERY

PLATFORM = tuple(image.name for image in EVERY)
"""Names of the repositories that teams have already, or get as soon as they ask for what needs them."""


def findings(team: Team, folder: Path) -> Iterator[Finding]:
    """`folder` is the team file's."""
    for index, image in enumerate(team.images):
        if image.name in PLATFORM:
            found = f"found {image.name!r}, an image of the platform's own"
            yield ("images", index, "name"), f"{found}; accepted: another name than {', '.join(PLATFORM)}"
        if problem := _unbuildable(image.folder, folder):
            yield ("images", index, "folder"), f"found {image.folder!r}, {problem}"


def _unbuildable(given: str, folder: Path) -> str:
    """What keeps an image from being built, or nothing."""
    inside = f"accepted: a folder inside {folder.name}/, which holds a Dockerfile"
    if PurePosixPath(given).is_absolute() or "\\" in given:
        return f"which is not relative to {folder.name}/; {inside}"
    try:
        path, home = (folder / given).resolve(), folder.resolve()
    except (OSError, RuntimeError):
        return f"which leads nowhere; {inside}"
    if not path.is_relative_to(home) or path == home:
        where = "is that folder itself" if path == home else "leads out of it"
        return f"which {where}; {inside}"
    if not path.is_dir():
        return f"which is no folder in {folder.name}/; {inside}"
    if not (path / "Dockerfile").is_file():
        return f"which holds no Dockerfile; {inside}"
    return ""
