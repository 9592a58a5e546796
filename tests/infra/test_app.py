"""What `app.py` makes of its team files, and what it says where it cannot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.wiring.deployed import deploy
from tests.wiring.synthesis import ACCOUNT, ROOT, run_app, synthesize, templates

pytestmark = pytest.mark.slow


def test_every_team_and_environment_becomes_a_stage(extremes: Path) -> None:
    stages = {path.name.removeprefix("assembly-") for path in extremes.glob("assembly-*")}
    assert stages == {"bare-dev", "largestnamedtea-dev", "largestnamedtea-prod"}


def test_the_context_selects_one(tmp_path: Path) -> None:
    assembly = synthesize(tmp_path, teams="tests/wiring/teams", team="largestnamedtea", environment="prod")
    assert [path.name for path in assembly.glob("assembly-*")] == ["assembly-largestnamedtea-prod"]


def test_data_is_destroyed_only_where_the_file_and_the_command_say_so(tmp_path: Path) -> None:
    assembly = synthesize(
        tmp_path, **{"destroy-data": "true", "teams": "tests/wiring/teams", "team": "largestnamedtea"}
    )
    for environment, expected in (("dev", "Delete"), ("prod", "Retain")):
        deployed = deploy(templates(assembly, f"largestnamedtea-{environment}"), ACCOUNT, "eu-west-1")
        kept = {each.deletion_policy for each in deployed.resources if each.type == "AWS::S3::Bucket"}
        assert kept == {expected}
        protected = {table["DeletionProtectionEnabled"] for table in deployed.of("AWS::DynamoDB::Table")}
        assert protected == {expected == "Retain"}


@pytest.mark.parametrize(
    ("account", "context", "sentence"),
    [
        (None, {}, "no account for demo-dev: write `account` into its team file"),
        (ACCOUNT, {"team": "absent"}, "selects nothing"),
        (ACCOUNT, {"teams": "tests/wiring/absent"}, "is not a folder; it should hold one YAML file for each team"),
    ],
)
def test_a_fault_is_one_sentence(account: str | None, context: dict[str, str], sentence: str, tmp_path: Path) -> None:
    done = run_app(tmp_path, account, **context)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_all_faults_of_the_team_files_are_said_and_nothing_is_made(tmp_path: Path) -> None:
    """The format of a fault is file, line, place, what was found and what is accepted."""
    training = "{instance_type: ml.x9.huge, hyperparameters: {eta: 7}}"
    done = run_bad(tmp_path, training=training, serving="{instance_type: ml.x9.huge}")
    unoffered = "found 'ml.x9.huge', which SageMaker does not offer for"
    assert [line.partition("; accepted: ml.")[0] for line in done.stderr.splitlines()] == [
        "app.py: 3 faults in the team files; nothing was made:",
        "  bad/odd.yaml:8: models.0.training.hyperparameters.eta: eta is '7'; accepted is a number from 1e-06 to 1",
        f"  bad/odd.yaml:8: models.0.training.instance_type: {unoffered} training jobs",
        f"  bad/odd.yaml:9: models.0.serving.instance_type: {unoffered} endpoints",
    ]


def test_what_aws_would_refuse_is_refused_at_synth(tmp_path: Path) -> None:
    done = run_bad(tmp_path, monitoring="{period_hours: 24, alarm_periods: 8}")
    assert "CloudWatch accepts at most 7" in done.stderr
    assert "Traceback" not in done.stderr


def run_bad(folder: Path, **sections: str) -> subprocess.CompletedProcess[str]:
    """The app with a team whose only model has these sections, one a line from line 8 on; it refuses to make any."""
    model = "".join(f"    {name}: {text}\n" for name, text in sections.items())
    (folder / "bad").mkdir()
    (folder / "bad" / "odd.yaml").write_text(
        "team: odd\nowners: [a@example.com]\nenvironments: [{name: dev}]\n"
        f"models:\n  - name: m\n    label: y\n    features: {{a: numeric}}\n{model}"
    )
    done = run_app(folder / "out", ACCOUNT, teams=str(folder / "bad"))
    assert done.returncode == 1
    assert list(folder.glob("out/**/*.template.json")) == []
    return done


def test_templates_are_the_same_every_time(tmp_path: Path) -> None:
    once, again = synthesize(tmp_path / "once"), synthesize(tmp_path / "again")
    names = [path.relative_to(once) for path in once.rglob("*.template.json")]
    assert len(names) == 6
    assert [name for name in names if (again / name).read_bytes() != (once / name).read_bytes()] == []


def test_the_app_is_what_cdk_runs() -> None:
    assert '"app": ".venv/bin/python app.py"' in (ROOT / "cdk.json").read_text()
