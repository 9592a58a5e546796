"""The peer of `bench/synth.py`: an assembly's resources in a CDK app that has no layers of ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import aws_cdk as cdk


def main(assembly: Path, out: Path) -> None:
    app = cdk.App(outdir=str(out), analytics_reporting=False)
    for path in sorted(assembly.rglob("*.template.json")):
        stack = cdk.Stack(app, path.name.removesuffix(".template.json"))
        for logical_id, resource in json.loads(path.read_text())["Resources"].items():
            cdk.CfnResource(stack, logical_id, type=resource["Type"], properties=resource.get("Properties", {}))
    app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
