"""Templates as CloudFormation takes them: it refuses what is too large, blanks included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.template_stack import LARGEST, TemplateStack, finish

DEEP: dict[str, Any] = {"a": {"b": {"c": {"d": {"e": {"f": {"g": [1, 2, 3]}}}}}}}


def stack_of(folder: Path, bytes_of_each: int) -> tuple[cdk.App, TemplateStack]:
    """Four hundred resources, deep enough for blanks to weigh."""
    app = cdk.App(outdir=str(folder))
    stack = TemplateStack(app, "s", name="risk-dev-operations")
    for index in range(400):
        stack.template.add([f"B{index}"], {"Type": "AWS::S3::Bucket", "Properties": DEEP | {"x": "y" * bytes_of_each}})
    return app, stack


def written(app: cdk.App) -> bytes:
    return (Path(app.synth().directory) / "s.template.json").read_bytes()


@pytest.mark.parametrize(("bytes_of_each", "lines"), [(100, True), (2_200, False)])
def test_it_is_indented_for_people_where_cloudformation_takes_that(
    tmp_path: Path, bytes_of_each: int, lines: bool
) -> None:
    app, stack = stack_of(tmp_path, bytes_of_each)
    finish([stack])
    text = written(app)
    assert len(text) <= LARGEST
    assert (text.count(b"\n") > 1_000) == lines
    template = json.loads(text)
    assert len(template["Resources"]) == 400
    assert len(json.dumps(template, indent=2)) > LARGEST or lines


def test_what_is_too_large_without_blanks_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    _, stack = stack_of(tmp_path, 2_500)
    says = r"template of stack risk-dev-operations has 1,0\d\d,\d{3} bytes and CloudFormation takes 1,000,000"
    with pytest.raises(ValueError, match=says):
        finish([stack])
