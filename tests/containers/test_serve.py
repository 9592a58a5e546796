"""The serving container: what is answered, what is refused, and how it starts and ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.folders import MlFolders
from containers.model import ARCHIVE, TrainedModel
from containers.payload import CSV, JSON, BadBody, read_rows
from containers.serve.answers import Answer, answer, negotiate
from containers.serve.app import LARGE, App, Message
from containers.serve.main import Settings
from core.contracts.images import BASE_DIR, HOST, PORT
from tests.containers import making

ROOT = Path(__file__).parents[2]
ROW = b"0.5,-1.2,1"


@pytest.fixture(scope="module")
def app(good_model: TrainedModel) -> App:
    return App(good_model, max_payload_mb=1, threads=1)


def ask(app: App, method: str, path: str, body: bytes = b"", parts: int = 1, **headers: str) -> Answer:
    """One request, its body in so many parts; header names have underscores for hyphens."""
    size = -(-len(body) // parts) or 1
    chunks = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    coming = [
        {"type": "http.request", "body": chunk, "more_body": at < len(chunks) - 1} for at, chunk in enumerate(chunks)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    names = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(app({"type": "http", "method": method, "path": path, "headers": names}, receive, send))
    got = dict(sent[0]["headers"])
    assert int(got[b"content-length"]) == len(sent[1]["body"])
    return Answer(sent[0]["status"], got[b"content-type"].decode(), sent[1]["body"])


def refused(app: App, body: bytes, content_type: str = CSV) -> str:
    found = ask(app, "POST", "/invocations", body, content_type=content_type)
    assert found.status == 400
    return found.body.decode()


def test_a_row_of_csv_is_answered_with_its_label_and_probability(app: App, good_model: TrainedModel) -> None:
    found = ask(app, "POST", "/invocations", ROW, content_type="text/csv")
    label, probability = found.body.decode().strip().split(",")
    expected = good_model.probabilities(np.array([[0.5, -1.2, 1.0]]))[0]
    assert (found.status, found.content_type) == (200, CSV)
    assert np.float32(probability) == expected
    assert int(label) == int(expected >= 0.5)


def test_csv_and_json_say_the_same(app: App) -> None:
    values = making.rows(20, seed=3)
    lines = "\n".join(",".join(map(repr, row)) for row in values.tolist()).encode()
    by_csv = ask(app, "POST", "/invocations", lines, content_type=CSV, accept=JSON)
    instances = json.dumps({"instances": values.tolist()}).encode()
    by_json = ask(app, "POST", "/invocations", instances, content_type=JSON)
    assert by_csv.body == by_json.body
    predictions = json.loads(by_json.body)["predictions"]
    as_csv = ask(app, "POST", "/invocations", instances, content_type=JSON, accept=CSV).body.decode().splitlines()
    assert as_csv == [f"{one['predicted_label']},{one['probability']}" for one in predictions]


def test_a_missing_value_is_an_empty_field_nan_or_null(app: App, good_model: TrainedModel) -> None:
    bodies = [(b"0.5,,1", CSV), (b"0.5,nan,1\n", CSV), (b" 0.5 , ,1\r\n", CSV), (b'{"instances":[[0.5,null,1]]}', JSON)]
    answers = {ask(app, "POST", "/invocations", body, content_type=kind, accept=CSV).body for body, kind in bodies}
    expected = good_model.probabilities(np.array([[0.5, np.nan, 1.0]]))[0]
    assert [np.float32(found.decode().partition(",")[2]) for found in answers] == [expected]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"dose,age,site\n1,2,3", "row 1, column 1 is 'dose', not a number (rows come without a header)"),
        (b"1,2,3\n1,2", "row 2 has 2 columns; expected 3"),
        (b"1,2,3,4", "row 1 has 4 columns; expected 3"),
        (b"1,2,3\n\n1,2,3", "row 2 has 1 column; expected 3"),
        (b"1,2,3\n1,old,3", "row 2, column 2 is 'old', not a number"),
        (b'1,"2",3', "row 1, column 2 is '\"2\"', not a number (rows come without a header)"),
        (b"1,true,3", "row 1, column 2 is 'true', not a number (rows come without a header)"),
        (b"1,2,3],[4,5,6", "row 1 has 6 columns; expected 3"),
        (b"1,1e39,3", "row 1, column 2 is 1e+39, too large for a 32-bit floating-point number"),
        (b"1,inf,3", "row 1, column 2 is 'inf', not a number (rows come without a header)"),
        (b"1,1_0,3", "row 1, column 2 is '1_0', not a number (rows come without a header)"),
        (b"", "the body is empty; expected rows of 3 numbers"),
        (b"1,\xff,3", "the body is not UTF-8 text: byte 2 is 0xff"),
    ],
)
def test_a_csv_body_that_is_not_rows_of_numbers_gets_a_sentence_and_no_score(
    app: App, body: bytes, sentence: str
) -> None:
    assert refused(app, body) == sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"instances": [[1, 2]]}', "row 1 has 2 columns; expected 3"),
        (b'{"instances": [[1, 2, 3], [1, "2", 3]]}', "row 2, column 2 is '2', not a number"),
        (b'{"instances": [[1, true, 3]]}', "row 1, column 2 is True, not a number"),
        (b'{"instances": [[1, [2], 3]]}', "row 1, column 2 is [2], not a number"),
        (b'{"instances": [1, 2, 3]}', "row 1 is 1, not a list of 3 numbers"),
        (b'{"instances": []}', '"instances" is empty; expected rows of 3 numbers'),
        (b"[[1, 2, 3]]", 'the body is not of the form {"instances": [[number, ...], ...]}'),
        (b"1,2,3", "the body is not JSON: "),
    ],
)
def test_a_json_body_that_is_not_rows_of_numbers_gets_a_sentence_and_no_score(
    app: App, body: bytes, sentence: str
) -> None:
    assert refused(app, body, JSON).startswith(sentence)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/invocations", ROW, {"content_type": "text/html"}, 415),
        ("POST", "/invocations", ROW, {}, 415),
        ("POST", "/invocations", ROW, {"content_type": CSV, "accept": "image/png"}, 406),
        ("POST", "/invocations", b"x" * 1_100_000, {"content_type": CSV}, 413),
        ("POST", "/invocations", b"", {"content_type": CSV, "content_length": "9999999"}, 413),
        ("GET", "/invocations", b"", {}, 405),
        ("POST", "/ping", b"", {}, 405),
        ("GET", "/models", b"", {}, 404),
    ],
)
def test_what_is_not_served_is_refused_with_its_status(
    app: App, method: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    found = ask(app, method, path, body, parts=3, **headers)
    assert found.status == status
    assert found.content_type.startswith("text/plain")
    assert found.body


def test_a_large_body_in_parts_is_answered_row_by_row(app: App, good_model: TrainedModel) -> None:
    values = making.rows(3000, seed=4)
    body = "\n".join(",".join(map(repr, row)) for row in values.tolist()).encode()
    assert len(body) > LARGE
    found = ask(app, "POST", "/invocations", body, parts=7, content_type=CSV).body.decode().splitlines()
    scores = np.array([np.float32(line.partition(",")[2]) for line in found])
    np.testing.assert_array_equal(scores, good_model.probabilities(values))


def test_ping_and_execution_parameters_are_served(app: App) -> None:
    assert ask(app, "GET", "/ping") == Answer(200, "application/json", b"")
    parameters = json.loads(ask(app, "GET", "/execution-parameters").body)
    assert parameters == {"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 1}


@given(st.lists(st.lists(st.floats(-1e30, 1e30) | st.none(), min_size=3, max_size=3), min_size=1, max_size=5))
def test_rows_survive_either_form(values: list[list[float | None]]) -> None:
    lines = "\n".join(",".join("" if value is None else repr(value) for value in row) for row in values)
    expected = np.array(values, dtype=float)
    np.testing.assert_array_equal(read_rows(lines.encode(), CSV, 3), expected)
    np.testing.assert_array_equal(read_rows(json.dumps({"instances": values}).encode(), JSON, 3), expected)


@given(st.binary(max_size=60) | st.text('0123456789.,-+eE\n"[]{}ntrue ', max_size=40).map(str.encode))
def test_any_bytes_are_rows_of_numbers_or_refused_as_a_bad_body(body: bytes) -> None:
    for kind in (CSV, JSON):
        with suppress(BadBody):
            found = read_rows(body, kind, 3)
            assert found.shape[1] == 3
            assert not np.isinf(found).any()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", CSV),
        ("*/*", CSV),
        ("application/json", JSON),
        ("application/*", JSON),
        ("text/csv;q=0.2, application/json", JSON),
        ("text/html, */*;q=0.1", CSV),
        ("text/csv;q=0, */*", JSON),
        ("text/html", None),
        ("text/csv;q=much", None),
    ],
)
def test_the_answer_has_the_type_that_is_wanted_most(accept: str, expected: str | None) -> None:
    assert negotiate(accept, CSV) == expected


def test_the_label_agrees_with_the_threshold_of_the_signature(good_model: TrainedModel) -> None:
    values = making.rows(50, seed=6)
    body = "\n".join(",".join(map(repr, row)) for row in values.tolist()).encode()
    for line in answer(good_model, body, CSV, CSV).body.decode().splitlines():
        label, probability = line.split(",")
        assert int(label) == int(float(probability) >= good_model.signature.threshold)


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match="accepted is a whole number from 1 to 65535"):
        Settings.read({PORT: port})


def test_a_folder_without_a_model_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no model \(accepted is one of .*\) and no signature\.json"):
        TrainedModel.load(tmp_path)


def test_a_model_of_another_width_than_its_signature_is_refused(tmp_path: Path, good_model: TrainedModel) -> None:
    wrong = TrainedModel(type(good_model.signature)(good_model.signature.features[:2], "ill"), good_model.predictor)
    wrong.save(tmp_path)
    with pytest.raises(ValueError, match="takes 3 features, its signature names 2"):
        TrainedModel.load(tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def server(folders: MlFolders, good_model: TrainedModel) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process as SageMaker starts it, and its address."""
    good_model.save(folders.model)
    port = free_port()
    variables = {**os.environ, BASE_DIR: str(folders.root), PORT: str(port), HOST: "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "-m", "containers.serve", "serve"], cwd=ROOT, env=variables)
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def wait_for(url: str, patience_s: float = 300) -> None:
    end = time.monotonic() + patience_s
    while True:
        try:
            with urllib.request.urlopen(f"{url}/ping", timeout=60):
                return
        except OSError:
            assert time.monotonic() < end, "the server did not come up"
            time.sleep(0.02)


@pytest.mark.slow
def test_the_process_answers_over_http_and_ends_after_sigterm(server: tuple[Any, str]) -> None:
    process, url = server
    wait_for(url)
    request = urllib.request.Request(f"{url}/invocations", ROW, {"Content-Type": "text/csv"})
    with urllib.request.urlopen(request, timeout=300) as response:
        assert response.status == 200
        assert response.read().count(b",") == 1
    bad = urllib.request.Request(f"{url}/invocations", b"a,b,c", {"Content-Type": "text/csv"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(bad, timeout=300)
    assert refusal.value.code == 400
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=300) == -signal.SIGTERM


@pytest.mark.slow
def test_a_process_without_a_model_ends_with_a_sentence(folders: MlFolders) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "containers.serve"],
        cwd=ROOT,
        env={**os.environ, BASE_DIR: str(folders.root), PORT: str(free_port())},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("cannot serve: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("content", [b"hello", b"", "part"], ids=["text", "empty", "part of an archive"])
def test_what_is_no_whole_archive_is_told_with_its_name(
    folders: MlFolders, good_model: TrainedModel, content: bytes | str
) -> None:
    good_model.save(folders.root / "whole")
    archive = folders.model / ARCHIVE
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as members:
        members.add(folders.root / "whole", ".")
    archive.write_bytes(content if isinstance(content, bytes) else archive.read_bytes()[:500])
    with pytest.raises(ValueError, match=f"^{archive} is no archive of tar and gzip, or not all of one: [^\n]+$"):
        TrainedModel.load(folders.model)
