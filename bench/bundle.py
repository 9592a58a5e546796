"""Size of the bundles, and CPU time and memory of a cold import, next to a handler with the usual dependencies.

The usual handler (`bench/usual_handler.py`) imports boto3 and makes its clients, reads its settings with pydantic and
logs with AWS Lambda Powertools. Both run in a fresh interpreter; boto3 is the runtime's own in both and is not counted
in the size. Our handlers are compiled anew each time, as on Lambda, where nothing keeps what was compiled; the usual
one finds its libraries compiled. Ours make their clients at the first event: the last column adds that.
"""

from __future__ import annotations

import sys
from importlib.metadata import files, requires
from pathlib import Path

from bench.measure import in_turn
from bench.table import Result, cells, ratio
from infra.bundle import bundle

CLIENTS = {
    "remediate": ("ssm", "dynamodb", "s3", "cloudwatch", "sagemaker", "sns"),
    "promote": ("ssm", "dynamodb", "s3", "cloudwatch", "sagemaker", "sns"),
    "settle": ("ssm", "dynamodb", "s3", "application-autoscaling", "sagemaker", "sns"),
}
"""Each function, and the services that it makes clients of."""
USUAL = ("aws-lambda-powertools", "pydantic")
RUNS = 5


def measure() -> Result:
    ours = {name: bundle(name) for name in CLIENTS}
    commands = {name: _importing(path, f"lambdas.{name}.handler") for name, path in ours.items()}
    for name, path in ours.items():
        making = "".join(f"; boto3.client({service!r}, region_name='us-east-1')" for service in CLIENTS[name])
        commands[f"{name} with clients"] = _importing(path, f"lambdas.{name}.handler, boto3{making}")
    commands["usual"] = _importing(Path.cwd(), "bench.usual_handler")
    commands["nothing"] = [sys.executable, "-I", "-c", "pass"]
    costs = in_turn(commands, RUNS)
    usual, nothing = costs["usual"], costs["nothing"]
    usual_kb = sum(_installed_bytes(name) for name in _with_requirements(USUAL)) / 1024
    rows, figures = [], {}
    for name, path in ours.items():
        size_kb = sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1024
        cost, full_ms = costs[name], 1000 * costs[f"{name} with clients"].cpu_s
        measured = cells(size_kb, 1000 * cost.cpu_s, cost.peak_mb, digits=0)
        rows.append((name, *measured, ratio(cost.cpu_s, usual.cpu_s), *cells(full_ms, digits=0)))
        figures[name] = {
            "size_kb": size_kb,
            "cpu_ms": 1000 * cost.cpu_s,
            "peak_mb": cost.peak_mb,
            "with_clients_cpu_ms": full_ms,
        }
    rows.append(
        (
            "the usual handler",
            *cells(usual_kb, 1000 * usual.cpu_s, usual.peak_mb, digits=0),
            "1.00",
            *cells(1000 * usual.cpu_s, digits=0),
        )
    )
    rows.append(("an empty interpreter", "0", *cells(1000 * nothing.cpu_s, nothing.peak_mb, digits=0), "-", "-"))
    figures["usual"] = {"size_kb": usual_kb, "cpu_ms": 1000 * usual.cpu_s, "peak_mb": usual.peak_mb}
    figures["empty"] = {"size_kb": 0.0, "cpu_ms": 1000 * nothing.cpu_s, "peak_mb": nothing.peak_mb}
    return Result(
        name="bundle",
        title="Lambda bundles",
        says=" ".join((__doc__ or "").split()),
        columns=(
            "handler",
            "size kB",
            "cold import CPU ms",
            "peak MB",
            "CPU ratio to the usual",
            "with clients, CPU ms",
        ),
        rows=tuple(rows),
        figures=figures,
    )


def _importing(folder: Path, module: str) -> list[str]:
    """Import a module from a folder as Lambda does: that folder first, nothing of the working folder."""
    return [sys.executable, "-I", "-B", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import {module}"]


def _with_requirements(names: tuple[str, ...]) -> set[str]:
    """Distributions that installing `names` brings, without extras and without boto3, which the runtime has."""
    found: set[str] = set()
    open_names = [*names]
    while open_names:
        name = open_names.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in requires(name) or ():
            if "extra ==" not in requirement and not requirement.startswith("boto"):
                open_names.append(_name(requirement))
    return found


def _name(requirement: str) -> str:
    end = next((index for index, letter in enumerate(requirement) if letter in " <>=!~;[("), len(requirement))
    return requirement[:end]


def _installed_bytes(name: str) -> int:
    return sum(file.size or 0 for file in files(name) or () if not str(file).endswith(".pyc"))
