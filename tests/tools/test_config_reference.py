"""The page about the team file says what the schema says, and the JSON Schema judges as the loader does."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from core.config.load import InvalidTeams, load_teams
from core.config.team import Team
from tools import config_reference
from tools.generated import stale

ROOT = Path(__file__).parents[2]
DEMO: dict[str, Any] = yaml.safe_load((ROOT / "teams" / "demo.yaml").read_text())
VALIDATOR = Draft202012Validator(json.loads(config_reference.schema()))


def test_the_pages_are_current():
    made = {config_reference.PAGE: config_reference.page(), config_reference.SCHEMA: config_reference.schema()}
    assert stale(made) == [], "run make docs"


def test_a_page_that_says_something_else_or_is_missing_is_stale(tmp_path):
    (tmp_path / "config.md").write_text(config_reference.page().replace("monthly_budget_usd", "budget"))
    made = {tmp_path / name: config_reference.page() for name in ("config.md", "team.schema.json")}
    assert stale(made) == list(made)


@pytest.mark.parametrize("model", [Team, *(model for _, model in config_reference.sections(Team))])
def test_every_key_is_explained_and_says_what_it_accepts(model):
    for row in config_reference.rows(model):
        _, key, accepted, default, meaning, _ = (cell.strip() for cell in row.replace("\\|", "/").split("|"))
        assert accepted, f"{key} does not say what it accepts"
        assert default, f"{key} does not say its default"
        assert meaning, f"{key} is not explained"


def test_every_example_of_the_page_is_accepted(tmp_path):
    """Together they are one file."""
    found: dict[str, Any] = {}
    for text in re.findall(r"```yaml\n(.*?)```", config_reference.PAGE.read_text(), re.DOTALL):
        _merge(found, yaml.safe_load(text) or {})
    del found["environments"][0]["network"]
    (tmp_path / "images" / "research").mkdir(parents=True)
    (tmp_path / "images" / "research" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "risk.yaml").write_text(yaml.safe_dump({"team": "risk", "owners": ["a@example.com"], **found}))
    [team] = load_teams(tmp_path)
    assert team.environments[0].quotas
    assert team.models
    assert team.studio.notebooks


def _merge(into: Any, more: Any) -> None:
    for key, value in more.items():
        if isinstance(value, list) and isinstance(value[0], dict) and key in into:
            _merge(into[key][0], value[0])
        elif isinstance(value, dict) and key in into:
            _merge(into[key], value)
        else:
            into[key] = value


def test_the_json_schema_is_one_and_takes_the_demonstration():
    Draft202012Validator.check_schema(VALIDATOR.schema)
    assert list(VALIDATOR.iter_errors(DEMO)) == []


WRONG = [
    ("team", "Risk-1"),
    ("team", 7),
    ("owners", []),
    ("owners", "ada@example.com"),
    ("colour", "blue"),
    ("monthly_budget_usd", "200"),
    ("monthly_budget_usd", 0),
    ("environments", [{"name": "dev", "account": 111122223333}]),
    ("environments", [{"name": "dev", "network": {"cidr": "10.20.0.0"}}]),
    ("environments", [{"name": "dev", "network": {"availability_zones": ["a"]}}]),
    ("environments", [{"name": "dev", "retention": {"log_days": 8}}]),
    ("members", [{"name": "ada", "role": "boss"}]),
    ("members", {"ada": "analyst"}),
    ("studio", {"idle_minutes": 60.5}),
    ("studio", {"setup": {"Vim": "x"}}),
    ("studio", {"canvas": True}),
    ("cost_center", "a;b"),
    ("models", [{"name": "m", "label": "y", "features": {"a-b": "numeric"}}]),
    ("models", [{"name": "m", "label": "y", "features": {}}]),
    ("mlflow", "yes"),
    ("members", None),
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_what_the_schema_of_the_loader_refuses_the_json_schema_refuses(tmp_path, key, value):
    wrong = {**DEMO, key: value}
    assert not VALIDATOR.is_valid(wrong)
    (tmp_path / "demo.yaml").write_text(yaml.safe_dump(wrong))
    with pytest.raises(InvalidTeams):
        load_teams(tmp_path)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2000),
    st.floats(allow_nan=False, allow_infinity=False, width=16).filter(lambda value: not value.is_integer()),
    st.sampled_from(
        ["", "a", "dev", "ml.m5.large", "10.1.0.0/16", "SSO", "eu-west-1", "x@example.com", "111122223333"]
    ),
    st.just([]),
    st.just({}),
    st.just(["a", "b"]),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, part in parts for place in places(part, (*at, key)))]


@given(st.sampled_from(places(DEMO)[1:]), VALUES)
def test_both_schemas_agree_about_any_value_in_any_place(at, value):
    wrong = copy.deepcopy(DEMO)
    around = wrong
    for part in at[:-1]:
        around = around[part]
    around[at[-1]] = value
    try:
        Team.model_validate_json(json.dumps(wrong), strict=True)
        accepted = True
    except ValidationError:
        accepted = False
    assert VALIDATOR.is_valid(wrong) == accepted
