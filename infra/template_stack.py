"""A stack of the CDK whose resources are plain data. The CDK names and places it, publishes its files and orders it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import orjson
from constructs import Construct

from infra.template import Template

LARGEST = 1_000_000
"""Bytes of a template that CloudFormation takes; blanks count."""


class TemplateStack(cdk.Stack):
    """Constructs add to `template`, until `finish`. `options`: those of `cdk.Stack`."""

    def __init__(self, scope: Construct, id: str, *, name: str, **options: Any) -> None:
        self.template = Template(name)
        self.writer = TemplateWriter()
        super().__init__(scope, id, stack_name=name, synthesizer=self.writer, **options)


def finish(stacks: Iterable[TemplateStack]) -> None:
    """What these refer to in one another is exported and imported. Nothing is added to them afterwards.

    Raises ValueError for a template that is too large for CloudFormation.
    """
    by_name = {stack.template.stack: stack for stack in stacks}
    templates = {name: stack.template for name, stack in by_name.items()}
    for stack in by_name.values():
        stack.writer.sections["Resources"] = stack.template.finished(templates)
    for stack in by_name.values():
        stack.writer.sections |= {
            section: content
            for section, content in (
                ("Parameters", stack.template.parameters),
                ("Conditions", stack.template.conditions),
            )
            if content
        }
        if stack.template.outputs:
            stack.writer.sections["Outputs"] = stack.template.outputs
        for other in sorted(stack.template.needs):
            stack.add_stack_dependency(by_name[other])
        if (size := len(orjson.dumps(stack.writer.sections))) > LARGEST:
            raise ValueError(
                f"the template of stack {stack.template.stack} has {size:,} bytes and CloudFormation takes "
                f"{LARGEST:,}; move some of the models into another team's file"
            )


def text(template: dict[str, Any]) -> bytes:
    """Indented for people, unless CloudFormation takes it only without the blanks."""
    indented = orjson.dumps(template, option=orjson.OPT_INDENT_2)
    return indented if len(indented) <= LARGEST else orjson.dumps(template)


class TemplateWriter(cdk.DefaultStackSynthesizer):
    """The CDK's own synthesizer; it writes `sections` into the template that the CDK leaves.

    The CDK's rule about the version of its bootstrapping stays away: CloudFormation reads that parameter in the name of
    whoever deploys, and EventBridge Scheduler may not (infra/redeployment). `cdk deploy` looks at it anyway.
    """

    def __init__(self) -> None:
        super().__init__(generate_bootstrap_version_rule=False)
        self.sections: dict[str, Any] = {}

    def reusable_bind(self, stack: cdk.Stack) -> cdk.IBoundStackSynthesizer:
        """Of one stack only: the CDK's own way copies the Node object, and leaves this one behind."""
        self.bind(stack)
        return self

    def _synthesize_template(self, session: cdk.ISynthesisSession, *lookup: Any) -> cdk.FileAssetSource:
        source = super()._synthesize_template(session, *lookup)
        path = Path(session.assembly.outdir, source.file_name or "")
        template = orjson.loads(path.read_bytes())
        parameters = {"Parameters": {**template.get("Parameters", {}), **self.sections.get("Parameters", {})}}
        written = {**template, **self.sections, **(parameters if parameters["Parameters"] else {})}
        content = text(written)
        path.write_bytes(content)
        return cdk.FileAssetSource(
            file_name=source.file_name,
            packaging=cdk.FileAssetPackaging.FILE,
            source_hash=hashlib.sha256(content).hexdigest(),
            deploy_time=True,
            display_name=source.display_name,
        )
