"""What the team's data is kept and found in: feature groups, and tables for queries over offline data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import FeatureName, Name, Strict

MOST_FEATURES = 2500
"""Of a feature group (SageMaker guide, "Feature Store quotas")."""


class FeatureGroup(Strict):
    """A group of features in SageMaker Feature Store."""

    name: Name = Field(description="Name of the group, after the team's prefix.", examples=["customers"])
    record_id: FeatureName = Field(
        description="The feature that identifies a record; String or Integral.", examples=["customer"]
    )
    event_time: FeatureName = Field(
        description="The feature that says when a record was true; String (ISO 8601) or Fractional (Unix seconds).",
        examples=["updated"],
    )
    features: Annotated[
        dict[FeatureName, Literal["Integral", "Fractional", "String"]], Field(min_length=2, max_length=MOST_FEATURES)
    ] = Field(
        description="All features with their types, those two among them.",
        examples=[{"customer": "String", "updated": "String", "orders": "Integral"}],
    )
    online: bool = Field(True, description="The newest record of each id can be read within milliseconds.")
    offline: bool = Field(True, description="All records are kept in S3 as a Glue table.")
    online_days: int | None = Field(
        None, ge=1, le=3650, description="Online records expire after this; without it they stay.", examples=[90]
    )


class Queries(Strict):
    """SQL over offline data with Amazon Athena."""

    scan_limit_gb: int = Field(100, ge=1, le=100_000, description="A query that would read more is cancelled.")
