"""What a synth depends on changes the digest; what it does not depend on leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from infra.tenant import Tenant
from stacks.assembly.fingerprint import code_digest, fingerprint, sources

TEAM = """\
team: risk
owners: [a@example.com]
environments:
  - {name: dev, network: {cidr: 10.1.0.0/16}}
  - {name: prod, network: {cidr: 10.2.0.0/16}}
"""
ROOT = Path(__file__).parents[2]


def tenant(folder: Path, text: str = TEAM, environment: int = 0, account: str = "1" * 12, **more: Any) -> Tenant:
    folder.mkdir(exist_ok=True)
    (folder / "risk.yaml").write_text(text)
    team = load_teams(folder)[0]
    return Tenant(team, team.environments[environment], account, home=folder, **more)


def test_what_a_template_is_made_of_changes_the_digest(tmp_path: Path) -> None:
    home = tmp_path / "teams"
    once = fingerprint(tenant(home), {}, "code")
    others = {
        "team's file": fingerprint(tenant(home, TEAM + "monthly_budget_usd: 7\n"), {}, "code"),
        "environment": fingerprint(tenant(home, environment=1), {}, "code"),
        "account": fingerprint(tenant(home, account="2" * 12), {}, "code"),
        "whether data is destroyed": fingerprint(tenant(home, destroys_data=True), {}, "code"),
        "context": fingerprint(tenant(home), {"@aws-cdk/core:bootstrapQualifier": "other"}, "code"),
        "code": fingerprint(tenant(home), {}, "other code"),
    }
    assert len({once, *others.values()}) == 1 + len(others)


def test_what_a_template_is_not_made_of_leaves_the_digest(tmp_path: Path) -> None:
    home = tmp_path / "teams"
    once = fingerprint(tenant(home), {}, "code")
    assert fingerprint(tenant(home, "# a comment\n" + TEAM), {}, "code") == once
    assert fingerprint(tenant(tmp_path / "elsewhere"), {}, "code") == once
    selecting = {"team": "risk", "environment": "dev", "teams": "x", "kept": "y", "workers": "2"}
    assert fingerprint(tenant(home), {**selecting, "aws:cdk:bundling-stacks": ["**"]}, "code") == once


def test_the_files_of_an_image_change_the_digest(tmp_path: Path) -> None:
    home, dockerfile = tmp_path / "teams", tmp_path / "teams" / "images" / "r" / "Dockerfile"
    dockerfile.parent.mkdir(parents=True)
    dockerfile.write_text("FROM scratch\n")
    text = TEAM + "images:\n  - {name: r-tools, folder: images/r}\n"
    once = fingerprint(tenant(home, text), {}, "code")
    dockerfile.write_text("FROM scratch\nUSER 1000\n")
    assert fingerprint(tenant(home, text), {}, "code") != once


@pytest.mark.parametrize(
    "file",
    [
        "app.py",
        "cdk.json",
        ".dockerignore",
        "requirements.lock",
        "core/names/team.py",
        "infra/part.py",
        "infra/notebook/on_start.sh",
        "stacks/training.py",
        "pipelines/training.py",
        "lambdas/promote/handler.py",
        "containers/Dockerfile",
        "containers/train/main.py",
        "a-folder-of-tomorrow/file",
    ],
)
def test_every_source_changes_the_digest(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("once")
    once = code_digest(tmp_path)
    path.write_text("again")
    assert code_digest(tmp_path) != once
    path.unlink()
    assert code_digest(tmp_path) != once


@pytest.mark.parametrize(
    "file", ["teams/risk.yaml", "docs/config.md", "build/x", ".git/HEAD", "core/__pycache__/x.pyc"]
)
def test_what_is_no_source_leaves_the_digest(tmp_path: Path, file: str) -> None:
    (tmp_path / "core").mkdir()
    once = code_digest(tmp_path)
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("something")
    assert code_digest(tmp_path) == once


def test_a_folder_that_the_cdk_wrote_is_no_source(tmp_path: Path) -> None:
    once = code_digest(tmp_path)
    (tmp_path / "here-instead").mkdir()
    (tmp_path / "here-instead" / "cdk.out").write_text('{"version": "55.0.0"}')
    assert code_digest(tmp_path) == once


def test_another_version_of_a_package_changes_the_digest(tmp_path: Path) -> None:
    project, packages = tmp_path / "project", tmp_path / "packages"
    project.mkdir()
    (packages / "aws_cdk_lib-2.275.0.dist-info").mkdir(parents=True)
    once = code_digest(project, packages)
    (packages / "aws_cdk_lib-2.275.0.dist-info").rename(packages / "aws_cdk_lib-2.276.0.dist-info")
    assert code_digest(project, packages) != once


def test_the_project_s_own_sources_are_among_them() -> None:
    names = {path.name for path in sources(ROOT)}
    assert names >= {"app.py", "cdk.json", "core", "infra", "stacks", "pipelines", "lambdas", "containers"}
    assert not names & {"build", "cdk.out", "teams", "tests", "node_modules", ".git", ".venv"}
