"""Data capture: which lines are written, in which words, and to which hour's folder."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.contracts.capture import CapturedRequest, hour_folder
from local import clock, settings
from local.sagemaker.capture import Capture, CaptureRule, Exchange, _real_seconds_to_flush, object_uri
from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.hosting import VARIANT, Hosting

AT = datetime(2026, 11, 20, 9, 5, 7, 42_000, tzinfo=UTC)
WHOSE = {"account": "1", "region": "r", "role_arn": "role", "endpoint": "churn", "variant": VARIANT}


def rule(percent: int = 100, mode: str = "InputAndOutput", **more: Any) -> CaptureRule:
    options = [{"CaptureMode": mode}]
    config = {"DestinationS3Uri": "s3://bucket/model/", "InitialSamplingPercentage": percent, "CaptureOptions": options}
    return CaptureRule.read({**config, **more}, **WHOSE)


def captured(by: CaptureRule, request: bytes = b"1,2", kind: str = "text/csv") -> CapturedRequest:
    return Exchange(request, kind, b'{"p": 1}', "application/json", "row-7").captured(by, AT)


def test_content_types_that_the_header_names_are_written_as_text() -> None:
    headers = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
    line = captured(rule(CaptureContentTypeHeader=headers), kind="text/csv; charset=utf-8")
    assert line.request is not None
    assert (line.request.data, line.request.encoding) == ("1,2", "CSV")
    assert line.request.content_type == "text/csv; charset=utf-8"
    assert line.response is not None
    assert (line.response.data, line.response.encoding) == ('{"p": 1}', "JSON")


def test_every_other_content_type_is_base64() -> None:
    request = captured(rule()).request
    assert request is not None
    assert (base64.b64decode(request.data), request.encoding) == (b"1,2", "BASE64")


@pytest.mark.parametrize(("mode", "sides"), [("Input", (True, False)), ("Output", (False, True))])
def test_only_the_chosen_side_is_captured(mode: str, sides: tuple[bool, bool]) -> None:
    line = captured(rule(mode=mode))
    assert (line.request is not None, line.response is not None) == sides


def test_the_object_lies_in_the_folder_of_its_oldest_line() -> None:
    uri = object_uri(rule(), AT)
    assert re.fullmatch(rf"s3://bucket/model/churn/{VARIANT}/2026/11/20/09/05-07-042-[0-9a-f-]{{36}}\.jsonl", uri)


def test_no_line_ever_lies_in_the_folder_of_another_hour(in_process: settings.Settings) -> None:
    clock.start(0.1)  # an hour lasts a tenth of a second
    written: list[tuple[str, bytes]] = []
    capture = Capture(lambda rule, uri, body: written.append((uri, body)))
    hours: set[str] = set()
    for _ in eventually(pause=0.001):
        capture.add(rule(), Exchange(b"1", "text/csv", b"2", "text/csv"))
        hours.add(hour_folder(clock.now()))
        if len(hours) > 5:
            break
    capture.stop()
    capture.flush()
    lines = [(uri, CapturedRequest.parse(line)) for uri, body in written for line in body.splitlines()]
    assert len({hour_folder(line.at) for _, line in lines}) >= 4
    assert all(f"/{hour_folder(line.at)}/" in uri for uri, line in lines)


def test_an_hour_is_written_when_it_ends(in_process: settings.Settings) -> None:
    """An end that is nearer than the next regular look is waited for."""
    clock.start(0.2)
    for _ in range(200):
        before, pause_s, after = clock.epoch(), _real_seconds_to_flush(), clock.epoch()
        ends = [pause_s * clock.speed() + moment for moment in (before, after)]
        assert (ends[0] - 1) // 3600 < (ends[1] + 1) // 3600, "the pause ends with the hour"
    written: list[bytes] = []
    capture = Capture(lambda rule, uri, body: written.append(body))
    capture.add(rule(), Exchange(b"1", "text/csv", b"2", "text/csv"))
    for _ in eventually(pause=0.005):
        if written:
            break
    capture.stop()


@given(percent=st.integers(0, 100))
@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sample_has_about_the_size_asked_for(percent: int, in_process: settings.Settings) -> None:
    bodies: list[bytes] = []
    capture = Capture(lambda rule, uri, body: bodies.append(body))
    for _ in range(600):
        capture.add(rule(percent), Exchange(b"1", "text/csv", b"2", "text/csv"))
    capture.stop()
    capture.flush()
    assert sum(body.count(b"\n") for body in bodies) / 600 == pytest.approx(percent / 100, abs=0.12)


@pytest.mark.slow
def test_requests_to_an_endpoint_lie_in_s3_as_its_role_wrote_them(aws: EmbeddedAws, host: Hosting) -> None:
    name = host.endpoint("yes", DataCaptureConfig=_config(host, CsvContentTypes=["text/csv"]))
    before, described = aws.now(), host.until(name, "InService")["DataCaptureConfig"]
    assert (described["CaptureStatus"], described["CurrentSamplingPercentage"]) == ("Started", 100)
    for row in range(4):
        host.ask(name, f"{row},0", InferenceId=f"row-{row}")
    for _ in eventually():
        lines = _lines(host, name)
        if len(lines) == 4:
            break
    assert sorted(line.join_id for line in lines) == [f"row-{row}" for row in range(4)]
    assert {line.request.data for line in lines if line.request} == {f"{row},0" for row in range(4)}
    assert all(line.response and line.response.data.startswith("yes,") for line in lines)
    assert all(before <= line.at <= aws.now() for line in lines)


@pytest.mark.slow
def test_what_the_role_may_not_write_stands_in_the_log_of_the_endpoint(
    aws: EmbeddedAws, host: Hosting, role: Callable[..., str]
) -> None:
    host.role_arn = role("sagemaker", allow("s3:GetObject"))
    name = host.endpoint("yes", DataCaptureConfig=_config(host))
    assert host.ask(name) == "yes"
    for _ in eventually():
        log = aws.client("logs").filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["events"]
        if any("Captured data could not be written" in event["message"] for event in log):
            break
    assert "Contents" not in host.s3.list_objects_v2(Bucket=host.bucket, Prefix="capture/")


@pytest.mark.slow
def test_deleting_the_endpoint_writes_what_was_gathered(host: Hosting) -> None:
    name = host.endpoint("yes", DataCaptureConfig=_config(host))
    host.ask(name)
    host.sagemaker.delete_endpoint(EndpointName=name)
    for _ in eventually():
        if not host.sagemaker.list_endpoints(NameContains=name)["Endpoints"]:
            break
    assert len(_lines(host, name)) == 1


def _config(host: Hosting, **headers: Any) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{host.bucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        **({"CaptureContentTypeHeader": headers} if headers else {}),
    }


def _lines(host: Hosting, endpoint: str) -> list[CapturedRequest]:
    found = host.s3.list_objects_v2(Bucket=host.bucket, Prefix=f"capture/{endpoint}/{VARIANT}/").get("Contents", ())
    bodies = [host.s3.get_object(Bucket=host.bucket, Key=o["Key"])["Body"].read() for o in found]
    return [CapturedRequest.parse(line) for body in bodies for line in body.splitlines()]
