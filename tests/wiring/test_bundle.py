"""What is shipped to Lambda is enough to run, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.bundle import bundle
from tests.wiring.deployed import Deployed
from tests.wiring.system import HANDLERS, system

HEAVY = ("numpy", "pydantic", "yaml", "aws_cdk", "boto3", "sagemaker")
IMPORT = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
module = importlib.import_module(sys.argv[2])
ours = [each for name, each in sys.modules.items() if name.partition(".")[0] in ("core", "lambdas")]
files = [each.__file__ for each in ours if each.__file__]
print(json.dumps({"callable": callable(module.handler), "modules": sorted(sys.modules), "files": files}))
"""


def imported(function: str) -> dict[str, list[str]]:
    """What importing the handler brings in, with nothing of ours on the path but the bundle."""
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", IMPORT, str(bundle(function)), f"lambdas.{function}.handler"],
        cwd="/",
        text=True,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("function", HANDLERS)
def test_a_bundle_holds_all_that_its_handler_imports(function: str) -> None:
    found = imported(function)
    assert found["callable"]
    assert {str(bundle(function)) in file for file in found["files"]} == {True}


@pytest.mark.slow
@pytest.mark.parametrize("function", HANDLERS)
def test_importing_a_handler_imports_nothing_heavy(function: str) -> None:
    assert not {module.partition(".")[0] for module in imported(function)["modules"]} & set(HEAVY)


@pytest.mark.parametrize("function", HANDLERS)
def test_a_bundle_holds_sources_of_its_own_function_only(function: str) -> None:
    files = [path.relative_to(bundle(function)) for path in bundle(function).rglob("*") if path.is_file()]
    assert {file.suffix for file in files} == {".py"}
    assert not [file for file in files if any(part in HANDLERS and part != function for part in file.parts)]
    assert not [file for file in files if file.parts[:2] in (("core", "config"), ("core", "statistics"))]


def test_what_is_shipped_is_the_bundle(assembly: Path, demo: Deployed) -> None:
    for function in HANDLERS:
        properties = demo.one("AWS::Lambda::Function", FunctionName=system(demo).names.function(function))
        folder = bundle(function)
        ours = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}
        with ZipFile(assembly / f"asset.{properties['Code']['S3Key']}") as staged:
            assert {name: staged.read(name) for name in staged.namelist()} == ours
        assert properties["Handler"] == f"lambdas.{function}.handler.handler"
        assert properties["Runtime"] == "python3.14"


def test_a_function_that_does_not_exist_is_named() -> None:
    with pytest.raises(LookupError, match=r"lambdas/absent/handler\.py"):
        bundle("absent")


def test_functions_get_the_time_that_their_calls_count_with(demo: Deployed) -> None:
    from core.contracts.functions import TIMEOUT_S

    by_queue = {source["FunctionName"] for source in demo.of("AWS::Lambda::EventSourceMapping")}
    timeouts = {each["Timeout"] for each in demo.of("AWS::Lambda::Function") if each["FunctionName"] in by_queue}
    assert timeouts == {TIMEOUT_S}


def test_a_message_comes_again_when_the_lease_of_the_function_that_had_it_is_over(demo: Deployed) -> None:
    from core.contracts.functions import LEASE_S, TIMEOUT_S

    waits = {queue["VisibilityTimeout"] for queue in demo.of("AWS::SQS::Queue") if "RedrivePolicy" in queue}
    assert waits
    assert TIMEOUT_S < LEASE_S < min(waits) - TIMEOUT_S
