"""Kept assemblies: taken over from the CDK, found again, and never used when they are not what was written."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from stacks.assembly.combine import combine
from stacks.assembly.store import ENTRY, IN_USE_S, MOST_PER_ENVIRONMENT, Store

DIGEST = "d" * 64
ASSET = "asset.0123"


def made(folder: Path, *environments: str, text: str = "{}") -> Path:
    """An assembly as the CDK leaves it, with one asset that all its environments use."""
    artifacts = {}
    (folder / ASSET).mkdir(parents=True)
    (folder / ASSET / "handler.py").write_text("def handler(): ...")
    for name in environments:
        inner = folder / f"assembly-{name}"
        inner.mkdir()
        (inner / "network.template.json").write_text(text)
        files = {"0123": {"source": {"path": f"../{ASSET}"}}, "4": {"source": {"path": "network.template.json"}}}
        (inner / "network.assets.json").write_text(json.dumps({"files": files}))
        stack = {"stackName": f"{name}-network", "templateFile": "network.template.json"}
        artifact = {"type": "aws:cloudformation:stack", "properties": stack}
        (inner / "manifest.json").write_text(json.dumps({"artifacts": {"network": artifact}}))
        said = {"directoryName": inner.name, "displayName": name}
        artifacts[inner.name] = {"type": "cdk:cloud-assembly", "properties": said}
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    return folder


def kept(tmp_path: Path, *environments: str, digest: str = DIGEST, text: str = "{}") -> Store:
    store = Store(tmp_path / "store")
    with store.scratch() as scratch:
        store.keep(dict.fromkeys(environments, digest), made(scratch, *environments, text=text))
    return Store(store.root)  # one that has looked at nothing yet


def test_what_was_kept_is_found_by_environment_and_digest(tmp_path: Path) -> None:
    store = kept(tmp_path, "risk-dev", "fraud-dev", text='{"Resources": {}}')
    found = store.take("risk-dev", DIGEST)
    assert found.folder.name == "assembly-risk-dev"
    assert found.templates() == {"risk-dev-network": {"Resources": {}}}
    assert [asset.name for asset in found.assets] == [ASSET]
    assert store.find("risk-dev", "e" * 64) is None
    assert store.find("risk-prod", DIGEST) is None


def test_what_was_taken_away_is_not_found_again(tmp_path: Path) -> None:
    store = kept(tmp_path, "risk-dev", text='{"Resources": {}}')
    assert store.take_away("risk-dev", DIGEST).templates() == {"risk-dev-network": {"Resources": {}}}
    assert store.find("risk-dev", DIGEST) is None
    with pytest.raises(LookupError, match="run it again"):
        store.take_away("risk-dev", DIGEST)


def test_who_found_it_before_it_was_taken_away_reads_on(tmp_path: Path) -> None:
    store = kept(tmp_path, "risk-dev", text='{"Resources": {}}')
    found = store.take("risk-dev", DIGEST)
    store.take_away("risk-dev", DIGEST)
    store.tidy()
    assert found.templates() == {"risk-dev-network": {"Resources": {}}}
    assert all(asset.exists() for asset in found.assets)


def test_what_was_taken_away_goes_when_nobody_reads_it_any_more(tmp_path: Path) -> None:
    store = kept(tmp_path, "risk-dev")
    found = store.take("risk-dev", DIGEST)
    store.take_away("risk-dev", DIGEST)
    for entry in (store.root / "assemblies").iterdir():
        os.utime(entry, (0, time.time() - 2 * IN_USE_S))
    store.tidy()
    assert not found.folder.exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_is_an_assembly_from_the_first_moment(tmp_path: Path, is_there: bool) -> None:
    """Else a run beside this one would count it as a source that is being written."""
    gone = replace(kept(tmp_path, "risk-dev").take("risk-dev", DIGEST), folder=tmp_path / "gone")
    out = tmp_path / "out"
    if is_there:
        out.mkdir()
    with pytest.raises(FileNotFoundError):
        combine([gone], out)
    assert (out / "cdk.out").exists()
    assert not (out / "manifest.json").exists()


def test_nothing_is_left_of_what_was_made_aside(tmp_path: Path) -> None:
    store = kept(tmp_path, "risk-dev")
    assert sorted(path.name for path in store.root.iterdir()) == ["assemblies", "assets"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "assembly-risk-dev" / "network.template.json").write_text("{ }"),
        lambda entry: (entry / "assembly-risk-dev" / "manifest.json").unlink(),
        lambda entry: (entry / "assembly-risk-dev" / "more.template.json").write_text("{}"),
        lambda entry: (entry / ENTRY).write_text("{"),
        lambda entry: (entry / ENTRY).write_text("[]"),
        lambda entry: (entry / ENTRY).write_text("{}"),
        lambda entry: (entry / ENTRY).unlink(),
        lambda entry: (entry.parents[1] / "assets" / ASSET / "handler.py").write_text("import os"),
        lambda entry: (entry.parents[1] / "assets" / ASSET / "handler.py").unlink(),
        lambda entry: (entry.parents[1] / "assets" / ASSET / "more.py").write_text(""),
    ],
)
def test_what_somebody_changed_is_not_used_and_can_be_kept_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    store = kept(tmp_path, "risk-dev")
    damage(store.root / "assemblies" / f"risk-dev-{DIGEST[:32]}")
    assert store.find("risk-dev", DIGEST) is None
    assert kept(tmp_path, "risk-dev").find("risk-dev", DIGEST) is not None


def test_a_fault_while_something_is_made_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with suppress(KeyError), store.scratch() as scratch:
        made(scratch, "risk-dev")
        raise KeyError
    assert list(store.root.iterdir()) == []


def test_an_environment_that_the_cdk_did_not_make_is_said(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(LookupError, match="made no assembly of fraud-dev"), store.scratch() as scratch:
        store.keep({"fraud-dev": DIGEST}, made(scratch, "risk-dev"))


def test_of_each_environment_the_newest_stay(tmp_path: Path) -> None:
    digests = [letter * 64 for letter in "abcdef"]
    for age, digest in enumerate(digests):
        store = kept(tmp_path, "risk-dev", digest=digest)
        set_back(store.root / "assemblies" / f"risk-dev-{digest[:32]}" / ENTRY, hours=2 + age)
    store = kept(tmp_path, "fraud-dev", digest="f" * 64)
    store.tidy()
    assert [digest for digest in digests if store.find("risk-dev", digest)] == digests[:MOST_PER_ENVIRONMENT]
    assert store.find("fraud-dev", "f" * 64) is not None


def test_what_another_run_may_be_reading_stays(tmp_path: Path) -> None:
    digests = [letter * 64 for letter in "abcdef"]
    for digest in digests:
        store = kept(tmp_path, "risk-dev", digest=digest)
    store.tidy()
    assert all(store.find("risk-dev", digest) for digest in digests)


def test_old_assets_go_with_the_last_assembly_that_uses_them(tmp_path: Path) -> None:
    store = kept(tmp_path, "risk-dev")
    entry, asset = store.root / "assemblies" / f"risk-dev-{DIGEST[:32]}", store.root / "assets" / ASSET
    killed = store.root / "aside-killed"
    killed.mkdir()
    set_back(asset, hours=2)
    set_back(killed, hours=2)
    store.tidy()
    assert asset.exists()
    assert not killed.exists()
    set_back(entry / ENTRY, hours=24 * 31)
    store.tidy()
    assert not entry.exists()
    assert not asset.exists()


def test_several_become_one_cloud_assembly(tmp_path: Path) -> None:
    store, out = kept(tmp_path, "risk-dev", "fraud-dev"), tmp_path / "out"
    combine([store.take("risk-dev", DIGEST), store.take("fraud-dev", DIGEST)], out)
    assert sorted(path.name for path in out.iterdir()) == [
        "assembly-fraud-dev",
        "assembly-risk-dev",
        ASSET,
        "cdk.out",
        "manifest.json",
    ]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["version"] == "55.0.0"
    assert list(manifest["artifacts"]) == ["assembly-risk-dev", "assembly-fraud-dev"]
    assert (out / ASSET / "handler.py").read_text() == "def handler(): ..."


def test_what_lies_in_the_folder_becomes_what_was_made(tmp_path: Path) -> None:
    out = tmp_path / "out"
    combine([kept(tmp_path, "risk-dev", text='{"old": 1}').take("risk-dev", DIGEST)], out)
    (out / ASSET / "stray.py").write_text("")
    (out / "assembly-risk-dev" / "old.template.json").write_text("{}")
    same = (out / ASSET / "handler.py").stat().st_mtime_ns
    combine([kept(tmp_path, "risk-dev", digest="e" * 64, text='{"new": 1}').take("risk-dev", "e" * 64)], out)
    assert (out / "assembly-risk-dev" / "network.template.json").read_text() == '{"new": 1}'
    assert not (out / "assembly-risk-dev" / "old.template.json").exists()
    assert not (out / ASSET / "stray.py").exists()
    assert (out / ASSET / "handler.py").stat().st_mtime_ns == same


def set_back(path: Path, hours: float) -> None:
    then = time.time() - 3600 * hours
    os.utime(path, (then, then))
