"""The store of records and the pages that lists make of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.core.responses import request_scope

from local.sagemaker import listing
from local.sagemaker.faults import Faults
from local.sagemaker.kinds import Lifecycle, named, served
from local.sagemaker.resources import Resources
from local.sagemaker.store import Store
from local.service import ApiError
from local.service.service import service_model

MODEL = served("Model", "model", "model")
CONFIG = named("AppImageConfig", "app-image-config")
SCHEDULE = named("Schedule", "schedule", Lifecycle("Status", "Scheduled", creating="Pending", updating="Updating"))
APP = named("App", "app", Lifecycle("Status", ready="InService", deleting="Deleting", deleted="Deleted"))


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_record_has_its_arn_its_times_and_no_tags(store: Store) -> None:
    record = store.add(MODEL, {"ModelName": "churn", "Tags": [{"Key": "team", "Value": "risk"}]})
    assert record["ModelArn"] == "arn:aws:sagemaker:us-east-1:000000000000:model/churn"
    assert record["CreationTime"] == record["LastModifiedTime"]
    assert "Tags" not in record
    assert store.tags(record["ModelArn"]) == {"team": "risk"}


def test_a_record_is_found_by_its_name_or_its_arn(store: Store) -> None:
    record = store.add(MODEL, {"ModelName": "churn"})
    assert store.get(MODEL, "churn") is store.get(MODEL, record["ModelArn"]) is record


def test_accounts_and_regions_do_not_see_each_other(store: Store) -> None:
    store.add(MODEL, {"ModelName": "churn"})
    for account, region in (("111122223333", "us-east-1"), ("000000000000", "eu-west-1")):
        with request_scope(account, region):
            assert store.find(MODEL, "churn") is None
            assert (
                store.add(MODEL, {"ModelName": "churn"})["ModelArn"]
                == f"arn:aws:sagemaker:{region}:{account}:model/churn"
            )


def test_missing_and_double_records_are_told_in_the_words_of_their_kind(store: Store) -> None:
    with pytest.raises(
        ApiError, match='Could not find model "arn:aws:sagemaker:us-east-1:000000000000:model/churn"'
    ) as e:
        store.get(MODEL, "churn")
    assert e.value.code == "ValidationException"
    store.add(CONFIG, {"AppImageConfigName": "image"})
    with pytest.raises(ApiError) as e:
        store.add(CONFIG, {"AppImageConfigName": "image"})
    assert e.value.code == "ResourceInUse"


def test_a_deleted_record_that_is_kept_gives_its_name_away(store: Store) -> None:
    record = store.add(APP, {"AppName": "notebook"})
    with pytest.raises(ApiError):
        store.add(APP, {"AppName": "notebook"})
    store.change(record, Status="Deleted")
    assert store.add(APP, {"AppName": "notebook"})["Status"] == "InService"


def test_a_phase_that_ends_late_does_not_undo_what_was_done_meanwhile(store: Store) -> None:
    """A schedule that is stopped while it is still being made stays stopped."""
    faults = Faults()
    resources = Resources(store, faults)
    faults.hold(True)
    record = resources.create(SCHEDULE, {"ScheduleName": "hourly"})
    store.change(record, Status="Stopped")
    faults.hold(False)
    await_phases()
    assert record["Status"] == "Stopped"
    faults.hold(True)
    resources.update(SCHEDULE, {"ScheduleName": "hourly"})
    assert record["Status"] == "Updating"
    faults.hold(False)
    await_phases()
    assert record["Status"] == "Scheduled"


def await_phases() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()


def test_a_change_wakes_those_who_wait(store: Store) -> None:
    record = store.add(APP, {"AppName": "notebook"})
    seen: list[bool] = []
    waiting = threading.Thread(target=lambda: seen.append(store.wait(lambda: record["Status"] == "Deleted", 300)))
    waiting.start()
    store.change(record, Status="Deleted")
    waiting.join(300)
    assert seen == [True]
    assert store.wait(lambda: False, 0.01) is False


def test_only_one_of_many_threads_gets_a_name(store: Store) -> None:
    made: list[Any] = []

    def add() -> None:
        try:
            made.append(store.add(MODEL, {"ModelName": "churn"}))
        except ApiError:
            return

    threads = [threading.Thread(target=add) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def names(store: Store, **request: Any) -> list[str]:
    operation = service_model("sagemaker").operation_model("ListModels")
    answer = listing.answer(operation, MODEL, store.every(MODEL), request)
    return [record["ModelName"] for record in answer["Models"]]


def test_a_list_is_filtered_and_ordered_as_asked(store: Store) -> None:
    for name in ("b-churn", "a-churn", "c-fraud"):
        store.add(MODEL, {"ModelName": name})
    first = store.get(MODEL, "b-churn")["CreationTime"].timestamp()
    assert names(store) == ["c-fraud", "a-churn", "b-churn"], "the documented default: newest first"
    assert names(store, SortOrder="Ascending") == ["b-churn", "a-churn", "c-fraud"]
    assert names(store, SortBy="Name", SortOrder="Ascending") == ["a-churn", "b-churn", "c-fraud"]
    assert names(store, NameContains="CHURN", SortBy="Name", SortOrder="Ascending") == ["a-churn", "b-churn"]
    assert names(store, CreationTimeAfter=first) == ["c-fraud", "a-churn"]
    assert names(store, CreationTimeBefore=first) == []


@given(count=st.integers(0, 30), size=st.integers(1, 12))
def test_pages_hold_every_record_once(count: int, size: int) -> None:
    store = Store()
    for number in range(count):
        store.add(MODEL, {"ModelName": f"model-{number}"})
    operation = service_model("sagemaker").operation_model("ListModels")
    request: dict[str, Any] = {"MaxResults": size}
    seen = []
    while True:
        answer = listing.answer(operation, MODEL, store.every(MODEL), request)
        seen += [record["ModelName"] for record in answer["Models"]]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    assert sorted(seen) == sorted(f"model-{number}" for number in range(count))


def test_a_token_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(ApiError, match="NextToken"):
        names(store, NextToken="elsewhere")


def test_ordered_troubles_come_as_often_as_ordered() -> None:
    faults = Faults()
    faults.throttle("CreateModel", 2)
    for _ in range(2):
        with pytest.raises(ApiError, match="Rate exceeded"):
            faults.before("CreateModel")
    faults.before("CreateModel")
    faults.limit("ml.m5.large", 2)
    faults.allow("ml.m5.large", running=1, asked=1, use="training job")
    with pytest.raises(ApiError, match="is 2 Instances, with current utilization of 1 Instances"):
        faults.allow("ml.m5.large", running=1, asked=2, use="training job")
