"""Assemblies of environments that were synthesized before, each under the digest of what it was made from.

Written aside and renamed, and read only where the content is still what was written: runs side by side, a run that was
killed and a hand that changed something cost a synth and nothing else.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from stacks.assembly import content

MOST_PER_ENVIRONMENT = 4
LONGEST_UNUSED_S = 30 * 24 * 3600
IN_USE_S = 3600
"""What was used this recently may be read by a run beside this one."""
ENTRY = "entry.json"
STACK = "aws:cloudformation:stack"


@dataclass(frozen=True, slots=True)
class Assembly:
    """One environment's: `folder` is named as in the whole, `manifest` is that of an assembly of it alone."""

    folder: Path
    manifest: dict[str, Any]
    assets: tuple[Path, ...]

    def templates(self) -> dict[str, dict[str, Any]]:
        """Template of each stack, by the stack's name."""
        manifest = json.loads((self.folder / "manifest.json").read_text())
        stacks = [each["properties"] for each in manifest["artifacts"].values() if each["type"] == STACK]
        return {stack["stackName"]: json.loads((self.folder / stack["templateFile"]).read_text()) for stack in stacks}


@dataclass(frozen=True)
class Store:
    """`root/assemblies/<environment>-<digest>/` and `root/assets/`, which all environments share."""

    root: Path
    _sound: set[tuple[Path, str]] = field(default_factory=set)
    """Assets whose content this run has looked at."""

    def find(self, environment: str, digest: str) -> Assembly | None:
        """What was kept, or None where there is nothing, or where it is not what was written."""
        return self._read(self._entry(environment, digest))

    def take(self, environment: str, digest: str) -> Assembly:
        """What was kept just now. Raises LookupError where it is gone."""
        return self._there(self._entry(environment, digest))

    def take_away(self, environment: str, digest: str) -> Assembly:
        """The same, for this run alone: nobody finds it afterwards, and `tidy` removes it.

        It is copied, because a run beside this one may be reading it.
        """
        entry = self._entry(environment, digest)
        own = entry.with_name(f"{entry.name}-{secrets.token_hex(4)}")
        with suppress(FileNotFoundError):  # said below
            shutil.copytree(entry, own)
            (entry / ENTRY).unlink()
        return self._there(own)

    def keep(self, digests: Mapping[str, str], made: Path) -> None:
        """Take environments out of the whole assembly `made`, each under its digest; `made` is spent then."""
        whole = json.loads((made / "manifest.json").read_text())
        folders = {environment: made / _folder_of(environment, whole) for environment in digests}
        assets = {environment: sorted(set(_assets(folder))) for environment, folder in folders.items()}
        said = {path: content.digest(path) for path in set(chain.from_iterable(assets.values()))}
        for path, digest in said.items():
            kept = self.root / "assets" / path.name
            _put(path, kept, partial(self._is_sound, (kept, digest)))
            os.utime(kept)
        for environment, digest in digests.items():
            folder = folders[environment]
            written = {
                "folder": folder.name,
                "digest": content.digest(folder),
                "assets": {path.name: said[path] for path in assets[environment]},
                "manifest": {**whole, "artifacts": {folder.name: whole["artifacts"][folder.name]}},
            }
            aside = made / f"{environment}-entry"
            aside.mkdir()
            folder.rename(aside / folder.name)
            (aside / ENTRY).write_text(json.dumps(written))
            _put(aside, self._entry(environment, digest), partial(self._is_kept, environment, digest))

    def tidy(self) -> None:
        """Let go what is old, and assets that belong to nothing any more."""
        now = time.time()
        newest: dict[str, int] = {}
        used: set[str] = set()
        for age, entry in sorted(
            (now - _changed(entry / ENTRY, _changed(entry, 0)), entry)
            for entry in (self.root / "assemblies").glob("*-*")
        ):
            environment = entry.name.rpartition("-")[0]
            newest[environment] = newest.get(environment, 0) + 1
            surplus = newest[environment] > MOST_PER_ENVIRONMENT or not (entry / ENTRY).exists()
            if age > LONGEST_UNUSED_S or (surplus and age > IN_USE_S):
                content.remove(entry)
            else:
                used |= _assets_of(entry)
        for path in [*(self.root / "assets").glob("*"), *self.root.glob("aside-*")]:
            if path.name not in used and now - _changed(path, now) > IN_USE_S:
                content.remove(path)

    def _entry(self, environment: str, digest: str) -> Path:
        return self.root / "assemblies" / f"{environment}-{digest[:32]}"

    def _read(self, entry: Path) -> Assembly | None:
        try:
            written = json.loads((entry / ENTRY).read_text())
            folder = entry / written["folder"]
            assets = {self.root / "assets" / name: said for name, said in written["assets"].items()}
            if content.digest(folder) != written["digest"] or not all(map(self._is_sound, assets.items())):
                return None
            (entry / ENTRY).touch()
            return Assembly(folder, written["manifest"], tuple(assets))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # damaged in one way or another
            return None

    def _there(self, entry: Path) -> Assembly:
        found = self._read(entry)
        if found is None:
            raise LookupError(f"{entry} went or changed while it was used; run it again")
        return found

    def _is_kept(self, environment: str, digest: str) -> bool:
        return self.find(environment, digest) is not None

    def _is_sound(self, asset: tuple[Path, str]) -> bool:
        path, said = asset
        if asset not in self._sound and path.exists() and content.digest(path) == said:
            self._sound.add(asset)
        return asset in self._sound

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for what is being made, on the same file system."""
        self.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.root, prefix="aside-"))
        try:
            yield folder
        finally:
            content.remove(folder)


def _put(made: Path, target: Path, is_sound: Callable[[], bool]) -> None:
    """In its place; what another run put there stays, unless it is damaged."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(target)
    except OSError:
        if not is_sound():
            content.remove(target)
            made.rename(target)


def _folder_of(environment: str, manifest: dict[str, Any]) -> str:
    for artifact in manifest["artifacts"].values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly" and properties.get("displayName") == environment:
            return str(properties["directoryName"])
    raise LookupError(f"the CDK made no assembly of {environment}")


def _assets(folder: Path) -> Iterator[Path]:
    """Files and folders beside an environment's folder that its asset manifests name."""
    for manifest in sorted(folder.glob("*.assets.json")):
        for asset in json.loads(manifest.read_text())["files"].values():
            path = asset["source"]["path"]
            if path.startswith("../"):
                yield folder.parent / path.removeprefix("../")


def _assets_of(entry: Path) -> set[str]:
    try:
        return set(json.loads((entry / ENTRY).read_text())["assets"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _changed(path: Path, otherwise: float) -> float:
    """When it changed last, or `otherwise` where it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return otherwise
