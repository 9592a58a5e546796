"""A model that scores rows in batches, by a schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.config.strict import InstanceType, Name, Strict
from core.contracts.batch import BatchPolicy


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
    join: bool = Field(True, description="Write each row before its answer.")

    def policy(self, monitor_instance_type: str) -> BatchPolicy:
        return BatchPolicy(
            every_s=self.every_hours * 3600,
            instance_type=self.instance_type,
            instance_count=self.instance_count,
            max_runtime_s=self.max_runtime_minutes * 60,
            rows=self.rows,
            taken=self.taken,
            joined=self.join,
            monitor_instance_type=monitor_instance_type,
        )
