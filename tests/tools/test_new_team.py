"""`make team` writes a file that is valid as it is, and with everything in it switched on."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from core.config.load import load_teams
from core.config.team import Team
from tools import config_reference, new_team
from tools.new_team import Refused, free, starter, write
from tools.schema_words import key

BLOCK = IPv4Network("10.21.0.0/16")
MINIMAL = "team: {name}\nowners: [a@example.com]\nenvironments: [{{name: dev, network: {{cidr: {cidr}}}}}]\n"


def uncommented(text: str) -> str:
    """Every key switched on that can stand beside the others."""
    return re.sub(r"(?m)^(\s*)#(?=[^\s#])", r"\1", text)


def load(folder: Path, text: str) -> Team:
    (folder / "images" / "research").mkdir(parents=True, exist_ok=True)
    (folder / "images" / "research" / "Dockerfile").write_text("FROM scratch\n")
    (folder / "risk.yaml").write_text(text)
    [team] = load_teams(folder)
    return team


def test_what_is_written_is_valid(tmp_path):
    path, cidr = write(tmp_path / "teams", "risk")
    [team] = load_teams(path.parent)
    assert (team.team, team.environments[0].network.cidr) == ("risk", cidr)


def test_with_every_key_switched_on_it_is_valid(tmp_path):
    team = load(tmp_path, uncommented(starter("risk", BLOCK)))
    assert team.members[0].name == team.spaces[0].owner
    assert "polars" in team.studio.setup["JupyterLab"]
    assert team.models[0].training.hyperparameters
    assert team.environments[0].quotas[0].name == "ml.g5.xlarge for training job usage"


@pytest.mark.parametrize("line", [line for line in starter("risk", BLOCK).splitlines() if re.match(r"#\w", line)])
def test_each_section_can_be_switched_on_alone_or_says_what_it_needs(tmp_path, line):
    """A section ends where a line stands as far left as its first."""
    text = starter("risk", BLOCK)
    before, after = text.split(f"\n{line}\n")
    section, rest = re.match(r"((?: .*\n)*)((?:.*\n)*)", after).groups()
    alone = f"{before}\n{uncommented(line + chr(10) + section)}{rest}"
    name = line[1:].partition(":")[0]
    needs = {"spaces": "members", "studio": "members"}
    if name in needs:
        alone += "members: [{name: ada, role: analyst}]\n"
    if name == "studio":
        alone += "images: [{name: research, folder: images/research}]\n"
    assert name in yaml.safe_load(alone)
    load(tmp_path, alone)


def test_what_cannot_stand_beside_the_rest_is_valid_instead_of_it(tmp_path):
    text = starter("risk", BLOCK).replace("      cidr: 10.21.0.0/16\n", "")
    text = re.sub(r"(?m)^ *##(classes|positive_labels|of_class|image):.*\n", "", text)  # no model is there
    text = re.sub(r"(?m)^( *)##(?=\w)", r"\1", text)
    text = re.sub(r"(?m)^#(?=members:|studio:)|(?<=^ {2})#(?=- name: ada|auth:)|(?<=^ {4})#(?=role:)", "", text)
    team = load(tmp_path, text.replace("auth: IAM", "auth: SSO"))
    assert team.environments[0].network.existing is not None
    assert team.members[0].sso_user == "ada@example.com"


def test_every_key_of_the_schema_is_in_it():
    text = re.sub(r"(?m)^(\s*)##?(?=[^\s#])", r"\1", starter("risk", BLOCK))
    written = yaml.safe_load(text)
    for path, model in [("", Team), *config_reference.sections(Team)]:
        part = written
        for name in filter(None, path.split(".")):
            part = part[name.removesuffix("[]")]
            part = part[0] if name.endswith("[]") else part
        assert set(part) == {key(model, name) for name in model.model_fields}, f"{path or 'the file'} lacks a key"


def test_editors_accept_it_too():
    validator = Draft202012Validator(config_reference.Team.model_json_schema())
    assert validator.is_valid(yaml.safe_load(starter("risk", BLOCK)))
    assert validator.is_valid(yaml.safe_load(uncommented(starter("risk", BLOCK))))


def test_it_takes_a_range_that_no_team_has(tmp_path):
    for index, cidr in enumerate(("10.20.0.0/16", "10.21.16.0/20", "10.22.0.0/17")):
        (tmp_path / f"t{index}.yaml").write_text(MINIMAL.format(name=f"t{index}", cidr=cidr))
    path, cidr = write(tmp_path, "risk")
    assert str(cidr) == "10.23.0.0/16"
    assert len(load_teams(tmp_path)) == 4
    assert "cidr: 10.23.0.0/16" in path.read_text()


def test_when_all_ranges_are_taken_it_says_so(tmp_path):
    environments = [{"name": f"e{index}", "network": {"cidr": f"10.{index}.0.0/16"}} for index in range(256)]
    all_of_them = {"team": "all", "owners": ["a@example.com"], "environments": environments}
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(all_of_them))
    with pytest.raises(Refused, match=r"every /16 of 10\.0\.0\.0/8 is taken"):
        free(load_teams(tmp_path))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "no NAME is given; accepted: 2 to 15 lower-case letters and digits"),
        ("Risk", "found 'Risk' as NAME"),
        ("risk-team", "found 'risk-team' as NAME"),
        ("../risk", "found '../risk' as NAME"),
        ("averyveryverylongname", "as in `make team NAME=risk`"),
        ("taken", "taken.yaml exists already; edit it, or choose another NAME"),
        ("hidden", "a file in teams/ describes team 'hidden' already"),
        ("sthree", "makes the bucket name sthree-dev-data-"),
    ],
)
def test_it_refuses_with_a_sentence_and_writes_nothing(tmp_path, capsys, name, says):
    folder = tmp_path / "teams"
    folder.mkdir()
    (folder / "taken.yaml").write_text(MINIMAL.format(name="hidden", cidr="10.20.0.0/16"))
    assert new_team.main([name, "--teams", str(folder)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("make team: ")
    assert says in said
    assert [path.name for path in folder.iterdir()] == ["taken.yaml"]


def test_a_faulty_neighbour_is_told(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("team: 1\n")
    assert new_team.main(["risk", "--teams", str(tmp_path)]) == 1
    assert "bad.yaml:1: team: found 1; accepted: a text" in capsys.readouterr().err
