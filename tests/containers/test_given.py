"""Bodies of requests with booleans, texts and vectors: what is taken, what is refused and with which words."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.boosting import xgboost
from containers.derived import boolean, of_text
from containers.frameworks.xgboost_model import XgboostModel
from containers.given import read_request
from containers.model import TrainedModel
from containers.monitor.batch import Batch
from containers.monitor.capture import LARGE, Span, batches
from containers.monitor.given import from_given, given_rows
from containers.monitor.payloads import Unreadable
from containers.payload import CSV, JSON, BadBody, read_rows
from containers.prepare.labelled import read_labelled
from containers.serve.answers import answer
from containers.serve.explanations import explained
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.languages import UNKNOWN, language_of, number_of
from core.contracts.signature import Feature, Signature

AGE, MEMBER, NOTE = Feature("age", "numeric"), Feature("member", "boolean"), Feature("note", "text")
PHOTO = Feature("photo", "embedding", 3)
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SIGNATURE = Signature((AGE, MEMBER, NOTE, PHOTO), "returned")
NONE = math.nan


def read(body: str, content_type: str = CSV) -> list[list[float]]:
    return read_request(body.encode(), content_type, SIGNATURE).tolist()


def same(found: list[list[float]], wanted: list[list[float]]) -> bool:
    return np.array_equal(np.array(found), np.array(wanted), equal_nan=True)


class TestARequest:
    def test_holds_a_vector_as_one_list_or_as_cells(self) -> None:
        text = of_text("hi, there")
        wanted = [[41.0, 1.0, *text, 0.5, -1.0, 2e3]]
        assert same(read('41,true,"hi, there","[0.5, -1, 2e3]"\n'), wanted)
        assert same(read('41,true,"hi, there",0.5,-1,2e3\n'), wanted)
        for row in ([41, True, "hi, there", [0.5, -1, 2e3]], [41, True, "hi, there", 0.5, -1, 2e3]):
            assert same(read(json.dumps({"instances": [row]}), JSON), wanted)

    def test_may_lack_any_value(self) -> None:
        missing = [[NONE] * 9]
        assert same(read(",,,\n"), missing)
        assert same(read(",,,,,\n"), missing)
        assert same(read('{"instances": [[null, null, null, null]]}', JSON), missing)
        assert same(read('{"instances": [[null, null, "", [null, null, null]]]}', JSON), missing)

    def test_may_hold_line_breaks_and_quotes_in_a_text(self) -> None:
        assert read('1,0,"a ""b""\nc","[1,2,3]"\r\n2,1,d,"[4,5,6]"\n')[0][2] == 7
        assert [row[-1] for row in read('1,0,"a ""b""\nc","[1,2,3]"\r\n2,1,d,"[4,5,6]"\n')] == [3, 6]

    @pytest.mark.parametrize(
        ("body", "content_type", "told"),
        [
            ('1,0,a,"[1,2]"', CSV, "row 1, photo is a list of 2 numbers, not of 3"),
            ('{"instances": [[1, 0, "a", [1, 2, 3, 4]]]}', JSON, "row 1, photo is a list of 4 numbers, not of 3"),
            ("1,0,a,5", CSV, "row 1, photo is '5', not a list of 3 numbers"),
            ('{"instances": [[1, 0, "a", 5]]}', JSON, "row 1, photo is 5, not a list of 3 numbers"),
            ('1,0,a,"[1,2,x]"', CSV, "row 1, photo is '[1,2,x]', not a list of 3 numbers"),
            ('{"instances": [[1, 0, "a", [1, "2", 3]]]}', JSON, "row 1, photo is '2', not a number"),
            ('{"instances": [[1, 0, "a", [1, true, 3]]]}', JSON, "row 1, photo is True, not a number"),
            ('{"instances": [[1, 0, "a", [1, 1e39, 3]]]}', JSON, "too large for a 32-bit"),
            ('1,2,a,"[1,2,3]"', CSV, "row 1, member is '2', not true, false, 1 or 0"),
            ('{"instances": [[1, "yes", "a", [1, 2, 3]]]}', JSON, "member is 'yes', not true, false, 1 or 0"),
            ('{"instances": [[1, 0, 7, [1, 2, 3]]]}', JSON, "row 1, note is 7, not a text"),
            ('{"instances": [["1", 0, "a", [1, 2, 3]]]}', JSON, "row 1, age is '1', not a number"),
            ("1,0,a", CSV, "row 1 has 3 columns; expected 4 values, each embedding being one list, or 6"),
            ("1,0,a,1,2", CSV, "row 1 has 5 columns; expected 4 values"),
            ('1,0,"a', CSV, "not CSV"),
            ("", CSV, "the body is empty"),
            ('{"instances": []}', JSON, "the body is empty"),
            ('{"instances": [5]}', JSON, "row 1 is 5, not a list of values"),
            ('{"instances": 5}', JSON, "not of the form"),
            ("{", JSON, "the body is not JSON"),
            ('1,0,a,"[1,2,3]"\n1,0,a,"[1,2]"', CSV, "row 2, photo is"),
        ],
    )
    def test_that_cannot_be_used_is_told_why(self, body: str, content_type: str, told: str) -> None:
        with pytest.raises(BadBody) as raised:
            read_request(body.encode(), content_type, SIGNATURE)
        assert told in str(raised.value)

    def test_that_is_not_utf_8_is_told_so(self) -> None:
        with pytest.raises(BadBody, match="UTF-8"):
            read_request(b"1,0,\xff,5", CSV, SIGNATURE)

    def test_of_plain_numbers_is_read_as_ever(self) -> None:
        plain = Signature((AGE, Feature("kind", "categorical")), "y")
        assert np.array_equal(read_request(b"1,2\n3,4", CSV, plain), read_rows(b"1,2\n3,4", CSV, 2))


number = st.floats(-(2.0**100), 2.0**100, width=32) | st.none()
row = st.tuples(
    number,
    st.booleans() | st.none(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.none() | st.lists(number, min_size=3, max_size=3),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(row, min_size=1, max_size=5))
def test_csv_and_json_and_the_monitor_make_the_same_of_a_request(rows: list[tuple[object, ...]]) -> None:
    written = io.StringIO()
    for age, member, note, photo in rows:
        cells = ["" if age is None else repr(age), "" if member is None else str(member), note]
        csv.writer(written).writerow([*cells, "" if photo is None else json.dumps(photo)])
    in_csv, in_json = written.getvalue(), json.dumps({"instances": rows})
    one = read_request(in_csv.encode(), CSV, SIGNATURE)
    np.testing.assert_array_equal(one, read_request(in_json.encode(), JSON, SIGNATURE))
    for text, form in ((in_csv, "CSV"), (in_json, "JSON")):
        told = given_rows(Payload(text, form, f"text/{form}"), SIGNATURE.features)
        cells_found = from_given(told.rows, SIGNATURE.features)
        assert (told.short, told.long, cells_found.texts) == (0, 0, {})
        np.testing.assert_array_equal(cells_found.values, one.astype(np.float32).astype(np.float64) + 0.0)


class TestTheMonitor:
    def test_tells_what_cells_hold_that_the_server_refuses(self) -> None:
        told = given_rows(Payload('x,maybe,,"[1,y,3]"\n1,2,a,nothing\n', "CSV", CSV), SIGNATURE.features)
        found = from_given(told.rows, SIGNATURE.features)
        assert found.texts == {0: ["x"], 1: ["maybe"], 6: ["[1,y,3]", "nothing"]}
        assert found.values[1, 1] == 2  # a category that no training set holds
        assert np.isnan(found.values[:, 6:]).all()

    def test_takes_a_number_in_place_of_a_text_for_no_text(self) -> None:
        told = given_rows(Payload('{"instances": [[1, 0, 7, [1, 2, 3]]]}', "JSON", JSON), SIGNATURE.features)
        found = from_given(told.rows, SIGNATURE.features)
        assert found.texts == {2: ["7"]}
        assert np.isnan(found.values[0, 2:6]).all()

    def test_counts_rows_and_vectors_of_another_length(self) -> None:
        body = '1,0,a\n1,0,a,"[1,2]"\n1,0,a,"[1,2,3,4]"\n1,0,a,1,2,3,4\n1,0,a,"[1,2,3]"\n'
        told = given_rows(Payload(body, "CSV", CSV), SIGNATURE.features)
        assert (len(told.rows), told.short, told.long) == (1, 2, 2)

    @pytest.mark.parametrize("body", ["", '1,0,"a'])
    def test_does_not_guess_what_is_no_csv(self, body: str) -> None:
        with pytest.raises(Unreadable):
            given_rows(Payload(body, "CSV", CSV), SIGNATURE.features)


class TestAText:
    def test_becomes_numbers_that_say_how_it_looks(self) -> None:
        length, words, symbols, language = of_text("Could you tell me when 2 of my parcels arrive?")
        assert (length, words, language_of(language)) == (46, 10, "en")
        assert symbols == pytest.approx(2 / 37)

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("Das Paket kam zu spät und der Karton war kaputt.", "de"),
            ("La livraison est arrivée en retard et le carton était abîmé.", "fr"),
            ("荷物が遅れて届き、箱が壊れていました。", "ja"),
            ("Посылка пришла поздно, и коробка была сломана.", "ru"),
            ("4711", UNKNOWN),
            ("?!", UNKNOWN),
        ],
    )
    def test_has_a_language_where_there_is_enough_of_it(self, text: str, language: str) -> None:
        assert language_of(of_text(text)[3]) == language

    def test_of_nothing_but_white_space_has_no_symbols(self) -> None:
        assert of_text(" \n")[:3] == (2, 0, 0)

    def test_written_with_marks_for_vowels_has_no_symbols(self) -> None:
        assert of_text("पार्सल देर से आया")[2] == 0


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=3))
def test_every_language_has_a_number_of_its_own_that_32_bits_hold(code: str) -> None:
    assert language_of(float(np.float32(number_of(code)))) == code


@pytest.mark.parametrize("cell", ["TRUE", "true", "1", 1, True, 1.0, "1.0"])
def test_true_is_written_in_many_ways(cell: object) -> None:
    assert boolean(cell) == 1


@pytest.mark.parametrize("cell", ["yes", 2, "2", [], "tru"])
def test_no_other_value_is_a_boolean(cell: object) -> None:
    with pytest.raises(ValueError, match="not true, false, 1 or 0"):
        boolean(cell)


def line(body: str, form: str = "CSV") -> bytes:
    kind = CSV if form == "CSV" else JSON
    return CapturedRequest("e-1", START, Payload(body, form, kind), Payload("1,0.75", "CSV", CSV)).line().encode()


def test_a_window_of_booleans_is_read_by_the_scanner_as_it_is_line_by_line() -> None:
    features = (AGE, MEMBER)
    cells = ["1", "0", "true", "False", "", "2"]
    lines = [
        CapturedRequest(
            f"e-{at}", START, Payload(f"{at % 90}.5,{cells[at % 6]}", "CSV", CSV), Payload("1,0.75", "CSV", CSV)
        ).line()
        for at in range(8000)
    ]
    block = "\n".join(lines).encode()
    assert len(block) > LARGE
    span = Span(START, START + timedelta(hours=1), START)
    at_once = list(batches([block], span, 2, features=features))

    def rows_of(found: list[Batch]) -> np.ndarray:
        values = np.concatenate([batch.cells.values for batch in found])
        keys = np.concatenate([batch.keys for batch in found])
        return values[np.argsort(keys)]

    parts = ["\n".join(lines[at : at + 500]).encode() for at in range(0, len(lines), 500)]
    slowly = [batch for part in parts for batch in batches([part], span, 2, features=features)]
    assert sum(batch.shape.rows for batch in at_once) == len(lines)
    np.testing.assert_array_equal(rows_of(at_once), rows_of(slowly))


def test_a_request_of_another_length_is_malformed_and_one_that_is_none_unreadable() -> None:
    span = Span(START, START + timedelta(hours=1), START)
    bodies = ['1,0,a,"[1,2]"', '1,0,a,"[1,2,3]"', '1,0,"a', "1,0"]
    lines = [line(body).replace(b"e-1", f"e-{at}".encode()) for at, body in enumerate(bodies)]
    (found,) = batches([b"\n".join(lines)], span, 9, features=SIGNATURE.features)
    assert (found.shape.rows, found.shape.short, found.shape.unreadable) == (1, 2, 1)


class TestALabelledFile:
    def write(self, folder: Path, *lines: str) -> Path:
        (folder / "rows.csv").write_text("\n".join(lines) + "\n")
        return folder

    def test_holds_a_vector_in_one_column_or_in_several(self, tmp_path: Path) -> None:
        one, other = tmp_path / "one", tmp_path / "other"
        one.mkdir()
        other.mkdir()
        self.write(one, "note,photo,age,member,returned", 'late,"[1,2,3]",41,true,1')
        self.write(other, "photo.2,photo.0,photo.1,returned,age,member,note", "3,1,2,1,41,1,late")
        found = [read_labelled(folder, SIGNATURE) for folder in (one, other)]
        assert found[0].rows == found[1].rows == [[41, 1, *of_text("late"), 1, 2, 3]]
        assert [each.labels for each in found] == [[1], [1]]

    def test_without_all_numbers_of_a_vector_is_refused(self, tmp_path: Path) -> None:
        self.write(tmp_path, "photo.0,photo.1,returned,age,member,note", "1,2,1,41,1,late")
        with pytest.raises(ValueError, match=r"no column photo\.2"):
            read_labelled(tmp_path, SIGNATURE)

    def test_with_a_row_that_cannot_be_used_tells_which_and_why(self, tmp_path: Path) -> None:
        self.write(tmp_path, "returned,age,member,note,photo", '1,41,maybe,x,"[1,2,3]"', '1,41,1,x,"[1,2]"')
        first, second = read_labelled(tmp_path, SIGNATURE).faults
        assert (first.line, first.found) == (2, "member 'maybe', not true, false, 1 or 0")
        assert (second.line, second.found) == (3, "photo a list of 2 numbers, not of 3")


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    chance = np.random.default_rng(0)
    values = chance.normal(0, 1, (200, len(SIGNATURE.columns)))
    matrix = xgboost().DMatrix(values, values[:, 0] + values[:, 6] - values[:, 7] > 0)
    return TrainedModel(
        SIGNATURE, XgboostModel(xgboost().train({"objective": "binary:logistic", "nthread": 1}, matrix, 20))
    )


class TestAServer:
    def test_refuses_a_vector_of_another_length_with_a_sentence(self, model: TrainedModel) -> None:
        given = answer(model, b'{"instances": [[1, true, "a", [1, 2]]]}', JSON, JSON)
        assert (given.status, given.body) == (400, b"row 1, photo is a list of 2 numbers, not of 3")

    def test_explains_a_vector_and_a_text_as_one_feature_each(self, model: TrainedModel) -> None:
        body = b'{"instances": [[1, true, "It came late", [1, 2, 3]]]}'
        given = explained(model, body, JSON, JSON, "`true`", most_rows=5)
        assert given.status == 200
        told = json.loads(given.body)["explanations"]
        features = told["kernel_shap"][0]
        assert [each["feature_header"] for each in features] == ["age", "member", "note", "photo"]
        whole = sum(each["attributions"][0]["attribution"][0] for each in features) + told["expected_value"][0]
        probability = json.loads(answer(model, body, JSON, JSON).body)["predictions"][0]["probability"]
        assert 1 / (1 + math.exp(-whole)) == pytest.approx(probability, abs=1e-5)
