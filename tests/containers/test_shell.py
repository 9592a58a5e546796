"""What jobs ask of AWS, against moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from containers import outcome
from containers.folders import MlFolders
from containers.prepare.gather import gather
from containers.prepare.main import BATCHES, CAPTURE, GROUND_TRUTH, LABELLED
from containers.prepare.selection import Selection
from containers.shell import (
    Absent,
    AwsRefused,
    change,
    fetch,
    fetch_optional,
    open_blocks,
    publish,
    put,
    read_policy,
    read_release,
    uri,
)
from containers.shell.clients import client
from containers.shell.errors import asking
from containers.shell.files import objects, split
from containers.shell.lines import SMALL, whole_lines
from containers.shell.metrics import MOST_BYTES, MOST_DATA, batches, weight
from core.contracts.batch import BatchPolicy
from core.contracts.environment import JobEnvironment
from core.contracts.metrics import BIAS, DRIFT, attribution
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.contracts.policy_parts import TornPolicy, part_names, parts
from core.contracts.release import Release
from core.names import TeamNames
from tests.containers import making

JOB = JobEnvironment("risk", "dev", "churn", "111122223333", "eu-west-1")
NAMES = TeamNames("risk", "dev").model("churn")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the team's buckets. AWS_REGION alone is set, as SageMaker does."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", JOB.region)
    client.cache_clear()
    with mock_aws():
        for bucket in ("data", "models", "capture"):
            name = NAMES.of.bucket(bucket, JOB.account, JOB.region)
            client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": JOB.region})
        yield
    client.cache_clear()


def store(bucket: str, key: str, body: bytes) -> str:
    where = uri(JOB, bucket, key)
    put(where, body, "text/plain")
    return where


def content(where: str) -> bytes:
    bucket, key = split(where)
    found: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return found


@pytest.mark.usefixtures("aws")
class TestOnAws:
    def test_the_policy_is_the_one_that_the_names_lead_to(self) -> None:
        policy = ModelPolicy("churn", making.SIGNATURE)
        client("ssm").put_parameter(Name=NAMES.policy_parameter, Value=policy.to_json(), Type="String")
        assert read_policy(JOB) == policy

    def test_a_policy_over_several_parameters_is_read_once_all_of_them_are_replaced(self) -> None:
        def write(policy: ModelPolicy, many: int | None = None) -> None:
            values = parts(policy.to_json())
            names = part_names(NAMES.policy_parameter, len(values))
            for name, value in list(zip(names, values, strict=True))[:many]:
                client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

        thresholds = {f"a_feature_of_a_large_model_{number}": 0.1 for number in range(900)}
        old = ModelPolicy("churn", making.SIGNATURE, WatchPolicy(thresholds=thresholds))
        new = replace(old, watch=replace(old.watch, minimum_rows=50))
        write(old)
        assert read_policy(JOB) == old
        write(new, many=3)
        assert read_policy(JOB, pause=lambda seconds: write(new)) == new
        write(old, many=3)
        with pytest.raises(TornPolicy):
            read_policy(JOB, pause=lambda seconds: None)

    def test_a_model_that_was_never_deployed_is_told_by_its_parameter(self) -> None:
        with pytest.raises(Absent, match="cannot read the parameter /homeostat/risk/dev/churn/policy"):
            read_policy(JOB)

    def test_nothing_is_in_service_until_a_release_is_written(self) -> None:
        assert read_release(JOB) is None
        release = Release("e", "c", "p", "s3://m/model.tar.gz", "s3://m/b/", "s3://m/evaluation.json", "2026-11-20")
        store("models", NAMES.release_key, release.to_json().encode())
        assert read_release(JOB) == release

    def test_a_bucket_that_is_missing_is_not_taken_for_nothing_in_service(self) -> None:
        elsewhere = JobEnvironment("other", "dev", "churn", JOB.account, JOB.region)
        with pytest.raises(AwsRefused, match="NoSuchBucket"):
            read_release(elsewhere)

    def test_an_object_becomes_a_file(self, tmp_path: Path) -> None:
        where = store("models", "a/model.tar.gz", b"content")
        assert fetch(where, tmp_path / "new" / "m.tar.gz") == [tmp_path / "new" / "m.tar.gz"]
        assert fetch(where, tmp_path) == [tmp_path / "model.tar.gz"]
        assert (tmp_path / "model.tar.gz").read_bytes() == b"content"

    def test_a_prefix_becomes_a_folder(self, tmp_path: Path) -> None:
        for key in ("a/x", "a/b/y", "a/", "ab/z"):
            store("data", key, key.encode())
        fetch(uri(JOB, "data", "a/"), tmp_path)
        assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()) == ["b/y", "x"]

    def test_what_does_not_exist_is_absent(self, tmp_path: Path) -> None:
        for key in ("nothing/", "nothing"):
            with pytest.raises(Absent, match="cannot read s3://risk-dev-data-111122223333-eu-west-1/nothing"):
                fetch(uri(JOB, "data", key), tmp_path / "x")
            assert not fetch_optional(uri(JOB, "data", key), tmp_path / "x")

    def test_a_key_cannot_lead_out_of_its_folder(self, tmp_path: Path) -> None:
        store("data", "a/../../b", b"")
        with pytest.raises(ValueError, match="leads out of its folder"):
            fetch(uri(JOB, "data", "a/"), tmp_path / "in")

    def test_a_file_is_written_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"12")
        put(uri(JOB, "data", "f"), tmp_path / "f", "text/csv")
        bucket = NAMES.of.bucket("data", JOB.account, JOB.region)
        found = client("s3").get_object(Bucket=bucket, Key="f")
        assert (found["Body"].read(), found["ContentType"]) == (b"12", "text/csv")

    def test_an_object_is_changed_by_what_is_there(self) -> None:
        where = uri(JOB, "data", "counts")
        for _ in range(3):
            change(where, lambda before: (before or b"") + b"1", "text/plain")
        assert content(where) == b"111"
        change(where, lambda before: None, "text/plain")
        assert content(where) == b"111"

    @pytest.mark.parametrize("first", [None, b"0"])
    def test_what_others_write_meanwhile_is_not_lost(self, first: bytes | None) -> None:
        where = uri(JOB, "data", "counts")
        if first:
            store("data", "counts", first)
        others = iter([b"2", b"3"])

        def new(before: bytes | None) -> bytes:
            if other := next(others, None):
                store("data", "counts", (before or b"") + other)
            return (before or b"") + b"1"

        change(where, new, "text/plain")
        assert content(where) == (first or b"") + b"231"

    def test_what_others_remove_meanwhile_is_written_anew(self) -> None:
        where = store("data", "counts", b"0")
        there = iter([True])

        def new(before: bytes | None) -> bytes:
            if next(there, False):
                client("s3").delete_object(Bucket=split(where)[0], Key="counts")
            return (before or b"") + b"1"

        change(where, new, "text/plain")
        assert content(where) == b"1"

    def test_who_never_gets_to_write_says_so(self) -> None:
        where = uri(JOB, "data", "counts")

        def new(before: bytes | None) -> bytes:
            store("data", "counts", (before or b"") + b"2")
            return b"1"

        with pytest.raises(AwsRefused, match=f"cannot write {where}: others wrote it at the same time"):
            change(where, new, "text/plain")

    def test_whole_lines_of_all_objects_come_in_order_of_prefixes_and_keys(self) -> None:
        for number in range(25):
            store("capture", f"b/{number:02d}.jsonl", f"{number}\n\n{number}+\n".encode())
        store("capture", "a/large.jsonl", b"x" * SMALL + b"\nend")
        found = list(open_blocks([uri(JOB, "capture", "b/"), uri(JOB, "capture", "none/"), uri(JOB, "capture", "a/")]))
        assert found[:25] == [b"%d\n\n%d+\n" % (n, n) for n in range(25)]
        assert [len(block) for block in found[25:]] == [SMALL + 1, 3]

    def test_a_reader_may_stop_early(self) -> None:
        for number in range(30):
            store("capture", f"b/{number:02d}", b"x\ny\n")
        blocks = open_blocks([uri(JOB, "capture", "b/")])
        assert next(blocks) == b"x\ny\n"
        blocks.close()  # type: ignore[attr-defined]

    def test_bounds_choose_folders_by_their_hour(self) -> None:
        for hour in ("07", "08", "09", "10"):
            store("data", f"t/2026/11/20/{hour}/f", b"")
        found = [listed.key for listed in objects(uri(JOB, "data", "t/"), "2026/11/20/08", "2026/11/20/090")]
        assert found == ["t/2026/11/20/08/f", "t/2026/11/20/09/f"]

    def test_prepare_copies_the_hours_of_its_window_and_labels_up_to_the_newest(self, tmp_path: Path) -> None:
        requests = f"{NAMES.capture_prefix}{NAMES.endpoint}/AllTraffic/2026/11/20"
        for hour in ("07", "08", "09", "10", "11", "12"):
            store("capture", f"{requests}/{hour}/r.jsonl", b"")
        for day in ("20/07", "20/08", "23/15"):
            store("data", f"{NAMES.ground_truth_prefix}2026/11/{day}/l.jsonl", b"")
        store("data", f"{NAMES.data_prefix}a.csv", b"")
        folders = MlFolders(tmp_path)
        window = Selection(False, NOW - timedelta(hours=1), NOW + timedelta(hours=1))
        assert set(gather(JOB, window, folders)) == {CAPTURE, GROUND_TRUTH}
        assert names_in(folders.processing_input(CAPTURE)) == [
            f"2026/11/20/{at}/r.jsonl" for at in ("08", "09", "10", "11")
        ]
        assert names_in(folders.processing_input(GROUND_TRUTH)) == ["2026/11/20/08/l.jsonl", "2026/11/23/15/l.jsonl"]
        assert not folders.processing_input(LABELLED).exists()

    def test_a_window_copies_what_its_batches_answered(self, tmp_path: Path) -> None:
        """Those whose manifests lie in its hours, and as long after them as a batch may take."""
        answers = f"{NAMES.batch_prefix}answers/"
        at = {"job-1": "08", "job-2": "11", "job-3": "14"}
        for job, hour in at.items():
            manifest = json.dumps([{"prefix": uri(JOB, "data", f"{answers}{job}/")}, "a.csv.out"]).encode()
            store("capture", f"{NAMES.batch_prefix}output/2026/11/20/{hour}/{job}.jsonl", manifest)
            store("data", f"{answers}{job}/a.csv.out", b"x")
        store("data", f"{NAMES.batch_prefix}rows/a.csv", b"x")
        folders, window = MlFolders(tmp_path), Selection(False, NOW - timedelta(hours=1), NOW + timedelta(hours=1))
        batch = BatchPolicy(24 * 3600, "ml.m5.large", 1, 2 * 3600, "rows", "all", True, "ml.m5.large")
        assert set(gather(JOB, window, folders, batch)) == {CAPTURE, GROUND_TRUTH, BATCHES}
        assert names_in(folders.processing_input(BATCHES)) == ["job-1/a.csv.out", "job-2/a.csv.out"]
        without = MlFolders(tmp_path / "without")
        assert BATCHES not in gather(JOB, window, without)
        assert not without.processing_input(BATCHES).exists()

    def test_a_run_by_hand_copies_the_labelled_data_alone(self, tmp_path: Path) -> None:
        store("data", f"{NAMES.data_prefix}deep/a.csv", b"x")
        folders = MlFolders(tmp_path)
        assert set(gather(JOB, Selection(True, None), folders)) == {LABELLED}
        assert names_in(folders.processing_input(LABELLED)) == ["deep/a.csv"]

    def test_metrics_arrive_under_their_namespace(self) -> None:
        dimensions = {"Endpoint": NAMES.endpoint, "MonitoringSchedule": NAMES.monitor}
        datum = DRIFT.datum(1.25, NOW, dimensions)
        publish([(DRIFT.namespace, datum), (BIAS, attribution_datum("DPPL")), (DRIFT.namespace, datum)])
        cloudwatch = client("cloudwatch")
        assert {one["Namespace"] for one in cloudwatch.list_metrics()["Metrics"]} >= {DRIFT.namespace, BIAS}
        (point,) = cloudwatch.get_metric_statistics(
            Namespace=DRIFT.namespace,
            MetricName=DRIFT.name,
            Dimensions=datum["Dimensions"],
            StartTime=NOW - timedelta(minutes=1),
            EndTime=NOW + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum", "SampleCount"],
        )["Datapoints"]
        assert (point["Maximum"], point["SampleCount"]) == (1.25, 2)


def names_in(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def attribution_datum(name: str) -> dict[str, Any]:
    metric = attribution(name)
    return metric.datum(0.1, NOW, dict.fromkeys(metric.dimensions, "x" * 20))


def test_no_batch_of_metrics_is_larger_than_one_request_may_be() -> None:
    data = [attribution_datum(f"metric-{number}") for number in range(2500)]
    found = list(batches(data))
    assert [datum for batch in found for datum in batch] == data
    for batch in found:
        assert len(batch) <= MOST_DATA
        assert sum(map(weight, batch)) <= MOST_BYTES


def test_the_weight_of_a_datum_is_at_least_what_the_query_encoding_takes() -> None:
    model = get_session().get_service_model("cloudwatch").operation_model("PutMetricData")
    data = [attribution_datum(f"m{number}") for number in range(50)]
    request = create_serializer("query", False).serialize_to_request({"Namespace": "n", "MetricData": data}, model)
    assert len(urlencode(request["body"])) <= sum(map(weight, data)) + 200


@given(st.binary(max_size=200), st.integers(1, 7))
def test_blocks_hold_the_stream_and_end_where_lines_do_however_it_is_cut(whole: bytes, size: int) -> None:
    blocks = list(whole_lines([whole[at : at + size] for at in range(0, len(whole), size)], "s3://x/y"))
    assert b"".join(blocks) == whole
    assert all(block.endswith(b"\n") for block in blocks[:-1])


def test_a_refusal_says_what_was_asked_and_what_was_answered() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
    with pytest.raises(AwsRefused, match="cannot read s3://a/b: AccessDenied no") as refusal, asking("read s3://a/b"):
        raise denied
    assert not isinstance(refusal.value, Absent)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (ValueError("the file is empty"), "the file is empty"),
        (LookupError("needs TEAM"), "needs TEAM"),
        (Absent("cannot read s3://a/b: no object lies there"), "cannot read s3://a/b: no object lies there"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_a_job_that_fails_leaves_one_sentence(tmp_path: Path, fault: Exception, sentence: str) -> None:
    def job() -> str:
        raise fault

    assert outcome.run(job, tmp_path / "output" / "message") == 1
    assert (tmp_path / "output" / "message").read_text() == sentence


def test_a_message_is_cut_between_characters(tmp_path: Path) -> None:
    assert outcome.run(lambda: "ü" * 2000 + "x", tmp_path / "message") == 0
    assert (tmp_path / "message").read_bytes().decode() == "ü" * 512
