"""The function that puts project templates and seed code where members find them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.projects import SETTINGS_FILE, TEMPLATE, ProjectFiles, seed_key
from lambdas.custom_resource import Request
from lambdas.failures import NotThere
from lambdas.projects.handler import deployed
from lambdas.projects.place import place, with_settings

FILES = ProjectFiles("projects", '{"Resources": {}}', "assets", "seed.zip", {"churn": '{"model": "churn"}'})


def archive(**content: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("tests/", "")
        for name, text in content.items():
            target.writestr(f"{name}.py", text)
    return packed.getvalue()


@dataclass
class Fake:
    """`lambdas.projects.ports.Files`."""

    objects: dict[tuple[str, str], bytes] = field(
        default_factory=lambda: {("assets", "seed.zip"): archive(features="")}
    )
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self, bucket: str, key: str) -> bytes:
        if (bucket, key) not in self.objects:
            raise NotThere("NoSuchKey", key)
        return self.objects[bucket, key]

    def write(self, bucket: str, key: str, content: bytes, tags: Mapping[str, str]) -> None:
        self.objects[bucket, key], self.tags[key] = content, dict(tags)

    def delete(self, bucket: str, key: str) -> None:
        self.objects.pop((bucket, key), None)

    def keys(self, bucket: str = "projects") -> set[str]:
        return {key for where, key in self.objects if where == bucket}


def ask(kind: str, files: Fake, now: ProjectFiles = FILES, before: ProjectFiles | None = None) -> str:
    old = before.properties() if before else {}
    return deployed(Request(kind, "Custom::X", None, now.properties(), old, "1"), files).physical_id  # type: ignore[arg-type]


def test_the_template_is_marked_for_studio_and_each_model_has_its_seed() -> None:
    files = Fake()
    ask("Create", files)
    assert files.objects["projects", TEMPLATE] == FILES.template.encode()
    assert files.tags[TEMPLATE] == {"sagemaker:studio-visibility": "true"}
    seed = zipfile.ZipFile(io.BytesIO(files.objects["projects", seed_key("churn")]))
    assert set(seed.namelist()) == {"features.py", SETTINGS_FILE}
    assert json.loads(seed.read(SETTINGS_FILE)) == {"model": "churn"}


def test_the_seed_of_a_model_that_is_gone_goes_and_the_rest_stays() -> None:
    files = Fake()
    ask("Create", files)
    ask("Update", files, replace(FILES, settings={"fraud": "{}"}), FILES)
    assert files.keys() == {TEMPLATE, seed_key("fraud")}


def test_removal_takes_back_what_was_put_and_nothing_else() -> None:
    files = Fake()
    files.write("projects", "sources/mine.zip", b"", {})
    ask("Create", files)
    ask("Delete", files)
    ask("Delete", files)
    assert files.keys() == {"sources/mine.zip"}


def test_the_resource_stays_the_same_one() -> None:
    files = Fake()
    assert ask("Create", files) == ask("Update", files, replace(FILES, template="{}"), FILES)


def test_a_seed_that_is_not_there_is_no_success() -> None:
    with pytest.raises(NotThere):
        ask("Create", Fake(objects={}))


@given(st.text(max_size=50), st.text(max_size=50))
def test_the_same_files_make_the_same_archive(code: str, settings: str) -> None:
    assert with_settings(archive(a=code), settings) == with_settings(archive(a=code), settings)


@given(st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abcd")))
def test_whatever_was_there_before_only_what_is_wanted_stays(before: set[str], wanted: set[str]) -> None:
    files = Fake()
    old, new = (replace(FILES, settings=dict.fromkeys(models, "{}")) for models in (before, wanted))
    place(old, None, files)
    place(new, old, files)
    place(new, old, files)  # delivered again
    assert files.keys() == {TEMPLATE, *map(seed_key, wanted)}
