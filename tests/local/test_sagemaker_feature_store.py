"""Feature Store on the running embedded AWS: newest records online, all records offline as a table."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow, slow_motion

pytestmark = pytest.mark.slow

FEATURES = {"id": "String", "when": "String", "visits": "Integral", "spend": "Fractional"}
Put = dict[str, str]


class Group:
    """One feature group."""

    def __init__(self, aws: EmbeddedAws, name: str, role: str, bucket: str | None, **online: Any) -> None:
        self.name, self.sagemaker = name, aws.client("sagemaker")
        self.records = aws.client("sagemaker-featurestore-runtime")
        stores: dict[str, Any] = {"OnlineStoreConfig": {"EnableOnlineStore": True, **online}}
        if bucket:
            stores["OfflineStoreConfig"] = {"S3StorageConfig": {"S3Uri": f"s3://{bucket}/features"}}
        self.sagemaker.create_feature_group(
            FeatureGroupName=name,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="when",
            FeatureDefinitions=[{"FeatureName": key, "FeatureType": value} for key, value in FEATURES.items()],
            RoleArn=role,
            **stores,
        )
        for _ in eventually():
            if self.describe()["FeatureGroupStatus"] == "Created":
                return

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_feature_group(FeatureGroupName=self.name)
        return found

    def put(self, when: str, id: str = "a", **values: object) -> None:
        record = {"id": id, "when": when, **values}
        told = [{"FeatureName": name, "ValueAsString": str(value)} for name, value in record.items()]
        self.records.put_record(FeatureGroupName=self.name, Record=told)

    def get(self, id: str = "a", **more: Any) -> Put | None:
        answer = self.records.get_record(FeatureGroupName=self.name, RecordIdentifierValueAsString=id, **more)
        if "Record" not in answer:
            return None
        return {feature["FeatureName"]: feature["ValueAsString"] for feature in answer["Record"]}

    def delete(self, when: str, id: str = "a", **more: Any) -> None:
        self.records.delete_record(FeatureGroupName=self.name, RecordIdentifierValueAsString=id, EventTime=when, **more)


@pytest.fixture
def bucket(aws: EmbeddedAws, unique: Callable[[str], str]) -> str:
    name = unique("features")
    aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def group(aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], bucket: str) -> Group:
    return Group(aws, unique("group"), role("sagemaker", allow("s3:*")), bucket)


@pytest.fixture
def online(aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str]) -> Callable[..., Group]:
    return lambda **more: Group(aws, unique("group"), role("sagemaker"), None, **more)


def test_the_newest_event_wins_whenever_it_arrives(online: Callable[..., Group]) -> None:
    group = online()
    group.put("2026-11-01T10:00:00Z", visits=2)
    group.put("2026-11-01T12:00:00Z", visits=4)
    group.put("2026-11-01T11:00:00Z", visits=3)
    assert group.get() == {"id": "a", "when": "2026-11-01T12:00:00Z", "visits": "4"}


def test_only_the_features_that_are_asked_for_are_given(online: Callable[..., Group]) -> None:
    group = online()
    group.put("2026-11-01T10:00:00Z", visits=2, spend=1.5)
    assert group.get(FeatureNames=["spend"]) == {"spend": "1.5"}


def test_a_deleted_record_stays_away_from_what_is_older_and_comes_back_with_what_is_newer(
    online: Callable[..., Group],
) -> None:
    group = online()
    group.put("2026-11-01T10:00:00Z", visits=2)
    group.delete("2026-11-01T12:00:00Z")
    assert group.get() is None
    group.put("2026-11-01T11:00:00Z", visits=3)
    assert group.get() is None
    group.put("2026-11-01T13:00:00Z", visits=5)
    assert group.get() is not None


def test_a_hard_deletion_forgets_the_time_and_is_refused_where_the_record_is_newer(
    online: Callable[..., Group],
) -> None:
    group = online()
    group.put("2026-11-01T10:00:00Z", visits=2)
    with pytest.raises(ClientError, match="must be later than that of the record"):
        group.delete("2026-11-01T09:00:00Z", DeletionMode="HardDelete")
    group.delete("2026-11-01T12:00:00Z", DeletionMode="HardDelete")
    group.put("2026-11-01T11:00:00Z", visits=3)
    assert group.get() is not None


def test_records_expire_after_their_event_time(aws: EmbeddedAws, online: Callable[..., Group]) -> None:
    group = online(TtlDuration={"Unit": "Hours", "Value": 1})
    with slow_motion(aws):
        now = aws.now()
        group.put(f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}", id="old", visits=1)
        group.put(f"{now:%Y-%m-%dT%H:%M:%SZ}", visits=2)
        assert group.get("old") is None
        assert group.get() is not None
    for _ in eventually():  # an hour lasts five seconds here
        if group.get() is None:
            return


def test_many_records_are_read_at_once(online: Callable[..., Group]) -> None:
    group = online()
    for id in ("a", "b"):
        group.put("2026-11-01T10:00:00Z", id=id, visits=2)
    wanted = {"FeatureGroupName": group.name, "RecordIdentifiersValueAsString": ["a", "b", "c"]}
    nowhere = {"FeatureGroupName": "nowhere", "RecordIdentifiersValueAsString": ["a"]}
    answer = group.records.batch_get_record(Identifiers=[wanted, nowhere])
    assert [record["RecordIdentifierValueAsString"] for record in answer["Records"]] == ["a", "b"]
    assert [error["ErrorCode"] for error in answer["Errors"]] == ["ResourceNotFound"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"colour": "blue"}, r"FeatureName \[colour\] is not in the FeatureGroup"),
        ({"visits": "many"}, r"FeatureName \[visits\] has the type Integral"),
        ({"when": "yesterday"}, "EventTime"),
        ({"id": ""}, r"FeatureName \[id\] must have a value"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(online: Callable[..., Group], values: Put, says: str) -> None:
    record = {"id": "a", "when": "2026-11-01T10:00:00Z", **values}
    with pytest.raises(ClientError, match=says) as refused:
        online().put(record.pop("when"), **record)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_a_group_that_is_not_there_is_said(online: Callable[..., Group]) -> None:
    group = online()
    group.name = "nowhere"
    with pytest.raises(ClientError) as refused:
        group.get()
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_every_record_is_written_offline_where_the_table_finds_it(aws: EmbeddedAws, group: Group, bucket: str) -> None:
    import pyarrow.parquet as pq

    group.put("2026-11-01T10:20:00Z", visits=2)
    group.put("2026-11-01T10:10:00Z", visits=1, spend=0.5)
    group.delete("2026-11-01T11:30:00Z")
    s3, rows = aws.client("s3"), {}
    for _ in eventually():  # what is put at about the same time lies in one object
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        rows = {key: pq.read_table(io.BytesIO(body)).to_pylist() for key, body in bodies.items()}
        if sum(map(len, rows.values())) == 3:
            break
    store = group.describe()["OfflineStoreConfig"]
    place = store["S3StorageConfig"]["ResolvedOutputS3Uri"].removeprefix(f"s3://{bucket}/")
    day = f"{place}/year=2026/month=11/day=01"
    assert all(re.match(f"{re.escape(day)}/hour=1[01]/20261101T1[01][123]000Z_", key) for key in rows)
    in_hour = {hour: [row for key in rows if f"/hour={hour}/" in key for row in rows[key]] for hour in (10, 11)}
    written = {(row["visits"], row["spend"], row["is_deleted"]) for row in in_hour[10]}
    assert written == {(2, None, False), (1, 0.5, False)}
    assert [row["is_deleted"] for row in in_hour[11]] == [True]
    catalog = store["DataCatalogConfig"]
    named = {"DatabaseName": catalog["Database"], "TableName": catalog["TableName"]}
    hours = [part["Values"][3] for part in aws.client("glue").get_partitions(**named)["Partitions"]]
    assert sorted(hours) == ["10", "11"]


def test_a_group_grows_by_features_and_its_table_with_it(aws: EmbeddedAws, group: Group) -> None:
    group.sagemaker.update_feature_group(
        FeatureGroupName=group.name, FeatureAdditions=[{"FeatureName": "colour", "FeatureType": "String"}]
    )
    group.put("2026-11-01T10:00:00Z", colour="blue")
    assert group.get(FeatureNames=["colour"]) == {"colour": "blue"}
    catalog = group.describe()["OfflineStoreConfig"]["DataCatalogConfig"]
    table = aws.client("glue").get_table(DatabaseName=catalog["Database"], Name=catalog["TableName"])["Table"]
    assert "colour" in [column["Name"] for column in table["StorageDescriptor"]["Columns"]]


def test_a_role_that_may_not_see_the_bucket_makes_no_group(
    aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], bucket: str
) -> None:
    with pytest.raises(ClientError, match="Invalid S3Uri"):
        Group(aws, unique("group"), role("sagemaker", allow("s3:PutObject")), bucket)


def test_a_role_that_may_not_write_blocks_the_offline_store(
    aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], bucket: str
) -> None:
    group = Group(aws, unique("group"), role("sagemaker", allow("s3:GetBucketAcl")), bucket)
    group.put("2026-11-01T10:00:00Z", visits=2)
    for _ in eventually():
        if group.describe()["OfflineStoreStatus"]["Status"] == "Blocked":
            return


def test_only_who_is_granted_it_reads_and_writes_records(
    online: Callable[..., Group], role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    group = online()
    group.put("2026-11-01T10:00:00Z", visits=2)
    reader = role("sagemaker", allow("sagemaker:GetRecord", on=f"arn:aws:sagemaker:*:*:feature-group/{group.name}"))
    group.records = client_as(reader, "sagemaker-featurestore-runtime")
    assert group.get() is not None
    with pytest.raises(ClientError, match="sagemaker:PutRecord"):
        group.put("2026-11-01T11:00:00Z", visits=3)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"EventTimeFeatureName": "visits"}, "String or Fractional"),
        ({"RecordIdentifierFeatureName": "nothing"}, "is not in FeatureDefinitions"),
        ({"OnlineStoreConfig": {"EnableOnlineStore": False}}, "OnlineStore, OfflineStore or both"),
    ],
)
def test_an_impossible_group_is_refused(aws: EmbeddedAws, changed: dict[str, Any], says: str) -> None:
    request = {
        "FeatureGroupName": "impossible",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "when",
        "FeatureDefinitions": [{"FeatureName": key, "FeatureType": value} for key, value in FEATURES.items()],
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }
    with pytest.raises(ClientError, match=says):
        aws.client("sagemaker").create_feature_group(**{**request, **changed})
