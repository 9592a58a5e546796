"""YAML as people write it: what is meant is read, and what cannot be meant is told at its line."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.config.load import InvalidTeams, load_teams
from core.config.source import read

GOOD = """\
team: risk
owners: [owner@example.com]
environments:
  - name: dev
"""


def value_of(tmp_path: Path, text: str | bytes) -> object:
    (tmp_path / "x.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    found = read(tmp_path / "x.yaml", "x.yaml")
    assert found.findings == ()
    return found.value


def said(tmp_path: Path, text: str | bytes) -> list[str]:
    (tmp_path / "x.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InvalidTeams) as raised:
        load_teams(tmp_path)
    return [f"{fault.line}: {fault.path}: {fault.problem}" for fault in raised.value.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("off", False),
        ("~", None),
        ("'no'", "no"),
        ("012345678901", "012345678901"),
        ("012345670123", "012345670123"),
        ("1_000", 1000),
        ("0x1F", 31),
        ("1e-3", 0.001),
        ("-.5", -0.5),
        ("3.", 3.0),
        ("2024-01-31", "2024-01-31"),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        ("!!str 5", "5"),
        ("1.2.3", "1.2.3"),
        ('"a\\tb"', "a\tb"),
    ],
)
def test_a_scalar_is_what_it_looks_like(tmp_path, text, value):
    assert value_of(tmp_path, f"a: {text}\n") == {"a": value}


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    assert value_of(tmp_path, b"\xef\xbb\xbfa: b\r\nc: |\r\n  d\r\n  e\r\n") == {"a": "b", "c": "d\ne\n"}


def test_anchors_and_merged_mappings_are_read(tmp_path):
    text = "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\nc:\n  <<: [{x: 0}, *a]\n  z: 4\nd: *a\n"
    assert value_of(tmp_path, text) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 0, "y": 2, "z": 4},
        "d": {"x": 1, "y": 2},
    }


def test_a_fault_in_what_an_alias_brings_is_shown_where_it_is_written(tmp_path):
    text = f"{GOOD}spaces:\n  - &s\n    name: a\n    owner: ada\n    volume_gb: big\nmembers: [*s]\n"
    assert "9: spaces.0.volume_gb: found 'big'; accepted: a whole number" in said(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "holds nothing; accepted: a mapping with team, owners"),
        ("# nothing\n", 1, "holds nothing"),
        ("---\n", 2, "holds nothing"),
        ("- team: risk\n", 1, "holds a list; accepted: a mapping"),
        ("risk\n", 1, "holds a text; accepted: a mapping"),
        ("true\n", 1, "holds a boolean"),
        ("5\n", 1, "holds a number"),
        ("a: b\n\tc: d\n", 2, "a tab; indent with spaces"),
        ("a: b: c\n", 1, "a second colon in one line"),
        ("a:\n  - b\n c: d\n", 3, "an indentation that fits no line above"),
        ("a: [b\nc: d\n", 2, "is not YAML"),
        ("a: @b\n", 1, "put a text that begins with it in quotes"),
        ("a: *b\n", 1, "put a text that begins with * in quotes"),
        ("a: b\n---\nc: d\n", 2, "a second document (---); write one file for each team"),
        ("a: 'b\n", 2, "is not YAML"),
        ("<<<<<<< HEAD\na: b\n=======\n", 1, "holds <<<<<<<, a mark of git's between two versions"),
        ("a: b\n\x00", 2, "the character U+0000; write the file as plain text"),
        ("a: &a [*a]\n", 1, "*a stands inside what it names"),
        (b"a: b\nc: \xff\n", 2, "is not UTF-8 text: invalid start byte; save it as UTF-8"),
        ("a: b\n".encode("utf-16"), 1, "is not UTF-8 text"),
        ("x: " * 3000, 1, "a second colon"),
    ],
)
def test_what_is_no_document_is_told_with_its_line(tmp_path, text, line, says):
    found = said(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(f"{line}: ")
    assert says in found[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cost_center: no", 'found no, which YAML reads as false; accepted: a text; put it in quotes: "no"'),
        ("cost_center: 4711", 'found 4711; accepted: a text; put it in quotes: "4711"'),
        ("cost_center: 0x10", 'found 0x10, which YAML reads as 16; accepted: a text; put it in quotes: "0x10"'),
        ("cost_center: 1.50", 'found 1.50, which YAML reads as 1.5; accepted: a text; put it in quotes: "1.50"'),
        ("cost_center:", "is empty; accepted: a text, or leave the key out"),
        ("cost_center: [a]", "found ['a']; accepted: a text"),
        ("cost_center: !Ref a", "found the tag !Ref; tags mean nothing in a team file, leave it out"),
        ("cost_center: !!python/object/apply:os.system [a]", "tags mean nothing"),
        ('cost_center: "a\\0b"', "holds the character U+0000"),
        ('cost_center: "\\ud800"', "holds the character U+D800"),
        ("monthly_budget_usd: .inf", "found .inf; accepted: a number of an ordinary size"),
        ("monthly_budget_usd: .nan", "found .nan; accepted: a number of an ordinary size"),
        ("monthly_budget_usd: 1e999", "found 1e999; accepted: a number of an ordinary size"),
        (f"monthly_budget_usd: {'9' * 5000}", "accepted: a number"),
        ("monthly_budget_usd: '500'", "found '500'; accepted: a number"),
        ("monthly_budget_usd: !!int x", "found 'x', which is no number"),
        ("monthly_budget_usd: 0500", "found '0500'; accepted: a number"),
        ("members:", "is empty; accepted: a list of mappings with name, role, sso_user, or leave the key out"),
        ("members: {ada: analyst}", "found {'ada': 'analyst'}; accepted: a list"),
        ("members: [ada]", "found 'ada'; accepted: a mapping of name, role, sso_user"),
        ("notify: ada@example.com", "accepted: a mapping of email, sms"),
        ("mlflow: 1", "found 1; accepted: true or false"),
        ("freeze_at_percent: 1.5", "found 1.5; accepted: a whole number"),
        ("freeze_at_percent: 0", "found 0; accepted: at least 1"),
        ("cost_center: a\ncost_center: b", "is given twice, first in line 5; give it once"),
        ("? [a]\n: b", "has a list as a key in line 5; accepted: a text"),
        ("<<: 5", "merges '5' with <<; accepted: a mapping"),
        ("notify: {email: a@x.org}", "accepted: a list, as [a@x.org]"),
        ("members: [{name: ada, role: analist}]", "or 'analyst'; did you mean 'analyst'?"),
        ("instances: {training: [g5.xlarge]}", "did you mean 'ml.g5.xlarge'?"),
        ("models: [{name: m, label: y, features: [a]}]", "accepted: a mapping of names to numeric or"),
        ("mlflow: on_", "found 'on_'; accepted: true or false"),
        ("studio: {auth: off}", "found off; accepted: 'IAM' or 'SSO'"),
        ("colour: red", "is not a key here; accepted: team, owners"),
        ("a.b: red", "is not a key here"),
        ("feature_group: []", "did you mean 'feature_groups'?"),
        ("monthly_budget_usd: &x {<<: 4, y: 1}", "merges '4' with <<"),
    ],
)
def test_a_trap_of_yaml_is_told_with_the_way_out(tmp_path, text, says):
    found = said(tmp_path, f"{GOOD}{text}\n")
    assert any(says in each for each in found), found


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)),
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 30)),
        "".join(f"a{i}: &a{i} [{f'*a{i - 1}' if i else 'x'}]\n" for i in range(5000)),
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 100_000,
        "? " * 100_000,
        "a: " + "x" * 1_000_000,
        '"' * 100_001,
        "!" * 100_000,
        "&a " * 50_000,
        "#" * 262_000,
        "a:\n" + "- b\n" * 60_000,
    ],
    ids=[
        "aliases",
        "merges",
        "chain",
        "lists",
        "mappings",
        "dashes",
        "keys",
        "long",
        "quotes",
        "tags",
        "anchors",
        "hash",
        "wide",
    ],
)
def test_what_is_made_to_hang_or_to_fill_memory_is_refused_at_once(tmp_path, text):
    started = time.process_time()
    assert len(said(tmp_path, text)) == 1
    assert time.process_time() - started < 60


def test_a_file_that_cannot_be_one_is_told(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "device.yaml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "old.yml").write_text(GOOD)
    (tmp_path / "LOUD.YAML").write_text(GOOD)
    with pytest.raises(InvalidTeams) as raised:
        load_teams(tmp_path)
    told = {fault.file.partition("/")[2]: fault.problem for fault in raised.value.faults}
    assert told == {
        "folder.yaml": "is a folder; accepted: a text file",
        "gone.yaml": f"is a link to {tmp_path / 'nowhere'}, which does not exist",
        "device.yaml": "is no file; accepted: a text file",
        "pipe.yaml": "is no file; accepted: a text file",
        "old.yml": "is not read: team files end in .yaml; rename it to old.yaml, or move it away",
        "LOUD.YAML": "is not read: team files end in .yaml; rename it to LOUD.yaml, or move it away",
    }


def test_what_an_editor_or_a_desktop_leaves_is_passed_over(tmp_path):
    (tmp_path / "risk.yaml").write_text(GOOD)
    (tmp_path / "._risk.yaml").write_bytes(b"\x00\x05")
    (tmp_path / ".#risk.yaml").symlink_to("somebody@somewhere")
    (tmp_path / "risk.yaml~").write_text("old")
    (tmp_path / "kept").mkdir()
    assert [team.team for team in load_teams(tmp_path)] == ["risk"]


def test_a_link_to_a_file_is_read(tmp_path):
    (tmp_path / "teams").mkdir()
    (tmp_path / "elsewhere.yaml").write_text(GOOD)
    (tmp_path / "teams" / "risk.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert [team.team for team in load_teams(tmp_path / "teams")] == ["risk"]
