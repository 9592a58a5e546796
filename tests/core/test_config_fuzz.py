"""Whatever lies in the folder, there are teams or a list of faults, soon."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.config.load import InvalidTeams, load_teams
from core.config.source import Fault
from core.config.team import Team
from tests.core.teams import COMPLETE

KEYS = sorted({*Team.model_fields, "name", "owner", "network", "cidr", "existing", "vpc", "features", "training", "<<"})
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates(), st.binary(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | SCALARS, inner, max_size=4),
    max_leaves=20,
)
YAML_WORDS = st.sampled_from(
    [
        "team: risk\n",
        *"-:?*'\"{}[],#|>!&%@`\\\t\n \u2028\x85\ufeff",
        "- ",
        ": ",
        "? ",
        "&a ",
        "*a",
        "<<: ",
        "!!int ",
        "---\n",
    ]
)


def faults_of(folder: Path) -> tuple[Fault, ...]:
    try:
        assert load_teams(folder)
    except InvalidTeams as invalid:
        return invalid.faults
    return ()


def judged(folder: Path, data: bytes) -> None:
    (folder / "x.yaml").write_bytes(data)
    started = time.process_time()
    for fault in faults_of(folder):
        assert 1 <= fault.line <= len(data.splitlines()) + data.count(b"\xe2\x80") + data.count(b"\xc2\x85") + 1
        assert fault.problem
        assert "\n" not in fault.problem
    assert time.process_time() - started < 60


fuzzed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@fuzzed
@given(data=st.binary(max_size=300))
def test_any_bytes(tmp_path_factory, data):
    judged(tmp_path_factory.mktemp("teams"), data)


@fuzzed
@given(words=st.lists(YAML_WORDS, max_size=30))
def test_any_words_of_yaml(tmp_path_factory, words):
    judged(tmp_path_factory.mktemp("teams"), "".join(words).encode())


@fuzzed
@given(value=VALUES)
def test_any_document(tmp_path_factory, value):
    judged(tmp_path_factory.mktemp("teams"), yaml.dump(value).encode("utf-8", "replace"))


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, part in parts for place in places(part, (*at, key)))]


@fuzzed
@given(at=st.sampled_from(places(COMPLETE)[1:]), value=VALUES)
def test_any_value_in_any_place_of_a_good_file(tmp_path_factory, at, value):
    """Faults that follow are the rules' business as well: none of them stumbles over what another one refuses."""
    wrong = yaml.safe_load(yaml.safe_dump(COMPLETE))
    around: Any = wrong
    for part in at[:-1]:
        around = around[part]
    around[at[-1]] = value
    judged(tmp_path_factory.mktemp("teams"), yaml.dump(wrong).encode("utf-8", "replace"))


@fuzzed
@given(at=st.integers(0, 2000), data=st.binary(min_size=1, max_size=6))
def test_any_bytes_in_any_place_of_a_good_file(tmp_path_factory, at, data):
    good = yaml.safe_dump(COMPLETE).encode()
    judged(tmp_path_factory.mktemp("teams"), good[: at % len(good)] + data + good[at % len(good) + len(data) :])
