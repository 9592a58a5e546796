"""Assemblies of environments as one cloud assembly, as the CDK writes it for an app of several stages."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stacks.assembly import content
from stacks.assembly.store import Assembly


def combine(assemblies: Sequence[Assembly], out: Path) -> None:
    """Write into `out`, the manifest last. All are of one version of the CDK: its version is in their digests."""
    version = assemblies[0].manifest["version"]
    if out.exists():
        _mark(out, version)
    else:
        _begin(out, version)
    for asset in {asset.name: asset for assembly in assemblies for asset in assembly.assets}.values():
        content.mirror(asset, out / asset.name)
    for assembly in assemblies:
        content.mirror(assembly.folder, out / assembly.folder.name)
    artifacts = {name: each for assembly in assemblies for name, each in assembly.manifest["artifacts"].items()}
    manifest = {**assemblies[0].manifest, "artifacts": artifacts}
    content.write(out / "manifest.json", json.dumps(manifest, indent=2))


def _begin(out: Path, version: str) -> None:
    """A new folder bears its mark from the first moment: a run beside this one would take it for sources."""
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=out.parent, prefix="."))
    aside.chmod(0o755)
    _mark(aside, version)
    aside.rename(out)


def _mark(folder: Path, version: str) -> None:
    content.write(folder / "cdk.out", json.dumps({"version": version}))
