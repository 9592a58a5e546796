"""Importing a handler does nothing and loads little: a cold start is paid for by every alarm."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HANDLERS = tuple(f"lambdas.{name}.handler" for name in ("remediate", "promote", "settle", "govern", "quotas", "batch"))
PROGRAM = """
import json, os, sys
os.environ.clear()
import {module}
print(json.dumps([name for name in sys.modules if "." not in name]))
"""


@pytest.mark.parametrize(
    "module", [*HANDLERS, "lambdas.teardown.handler", "lambdas.default_group.handler", "lambdas.projects.handler"]
)
def test_importing_a_handler_needs_no_environment_and_loads_no_library(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    allowed = set(sys.stdlib_module_names) | {"core", "lambdas"}
    foreign = {name for name in loaded - allowed if not name.startswith("_")}
    assert not foreign & {"boto3", "botocore", "numpy", "pydantic", "yaml", "aws_cdk"}, foreign


@pytest.mark.parametrize("module", HANDLERS)
def test_a_handler_without_its_environment_names_all_that_is_missing(module: str) -> None:
    program = f"import os; os.environ.clear(); from {module} import handler; handler({{}}, None)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "TEAM, ENVIRONMENT, ACCOUNT, REGION" in done.stderr
