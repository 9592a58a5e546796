"""A model that scores rows in batches, by a schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.config.strict import InstanceType, Name, Strict
from core.contracts.batch import BatchPolicy

LABELS_WITHIN_HOURS = 24


class Batch(Strict):
    """Rows that are scored by a schedule: CSV without a header, the model's features in order. Each run scores with
    the version that is in service, leaves its answers below `<model>/batch/answers/` of the data bucket, and is
    watched as the endpoint is."""

    every_hours: int = Field(24, ge=1, le=24, description="Time between two runs.")
    instance_type: InstanceType = Field("ml.m5.large", description="Of the transform job.")
    instance_count: int = Field(1, ge=1, le=32, description="Instances of the transform job; they share its objects.")
    max_runtime_minutes: int = Field(60, ge=15, le=24 * 60, description="A job that takes longer is stopped.")
    rows: Name = Field("rows", description="Folder of the rows, below `<model>/batch/` of the data bucket.")
    taken: Literal["all", "day", "hour"] = Field(
        "all",
        description="Which rows a run takes: all that lie there, or those in the folder yyyy/mm/dd of its day, or "
        "yyyy/mm/dd/hh of its hour (in UTC). A run that finds none starts nothing and tells the team.",
    )
    join: bool = Field(
        True,
        description="Write each row before its answer. Only so are the rows of a batch known later: to judge it by "
        "late labels, and to train on it.",
    )
    labels_within_hours: int | None = Field(
        None,
        ge=0,
        le=14 * 24,
        description="Labels count that are collected up to so long after a batch was due; its quality is judged then. "
        "0: when the batch has ended. Left out: 24, or 0 with `join: false` or `engine: managed`.",
    )

    def policy(self, monitor_instance_type: str, managed: bool) -> BatchPolicy:
        return BatchPolicy(
            every_s=self.every_hours * 3600,
            instance_type=self.instance_type,
            instance_count=self.instance_count,
            max_runtime_s=self.max_runtime_minutes * 60,
            rows=self.rows,
            taken=self.taken,
            joined=self.join,
            monitor_instance_type=monitor_instance_type,
            managed=managed,
            labels_s=0 if managed else self._labels_hours * 3600,
        )

    @property
    def _labels_hours(self) -> int:
        if self.labels_within_hours is None:
            return LABELS_WITHIN_HOURS if self.join else 0
        return self.labels_within_hours
