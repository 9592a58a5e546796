"""Where SageMaker's own schedules look at batches, the platform scores them and starts no monitor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.lambdas.batches import DAILY, Batches
from tests.lambdas.test_batch import finished
from tests.lambdas.world import SWEEP


@pytest.fixture
def batches() -> Batches:
    return Batches(replace(DAILY, managed=True))


def test_what_has_ended_is_left_to_sagemaker(batches: Batches) -> None:
    finished(batches)
    assert batches.hear(batches.ended()) == "LEFT TO SAGEMAKER"
    assert batches.hear(SWEEP) == "SWEPT"
    assert batches.jobs.watches == {}


def test_a_job_that_failed_is_told_as_ever(batches: Batches) -> None:
    finished(batches, "Failed")
    assert batches.hear(batches.ended("Failed")) == "FAILED: Failed"
    assert batches.metrics.told == ["batch_failures"]


def test_back_with_the_platforms_engine_a_sweep_watches_what_nobody_may_have_looked_at(batches: Batches) -> None:
    finished(batches)
    batches.hear(batches.ended())
    batches.world.policy = replace(batches.world.policy, batch=DAILY)
    batches.hear(SWEEP)
    assert len(batches.jobs.watches) == 1
