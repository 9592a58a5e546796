"""Assemblies of environments as one cloud assembly, as the CDK writes it for an app of several stages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from stacks.assembly import content
from stacks.assembly.store import Assembly


def combine(assemblies: Sequence[Assembly], out: Path) -> None:
    """Write into `out`, the manifest last. All are of one version of the CDK: its version is in their digests."""
    out.mkdir(parents=True, exist_ok=True)
    for asset in {asset.name: asset for assembly in assemblies for asset in assembly.assets}.values():
        content.mirror(asset, out / asset.name)
    for assembly in assemblies:
        content.mirror(assembly.folder, out / assembly.folder.name)
    artifacts = {name: each for assembly in assemblies for name, each in assembly.manifest["artifacts"].items()}
    manifest = {**assemblies[0].manifest, "artifacts": artifacts}
    content.write(out / "cdk.out", json.dumps({"version": manifest["version"]}))
    content.write(out / "manifest.json", json.dumps(manifest, indent=2))
