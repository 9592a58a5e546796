"""What is in service: written by `settle` when a deployment has settled, read by monitor, gates and remediation.

One object a model, at `ModelNames.release_key` of the models bucket. While it does not exist, nothing was released.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """One model package that serves an endpoint, with the baseline that it is watched against."""

    endpoint: str
    endpoint_config: str
    package_arn: str
    model_uri: str
    """S3 URI of model.tar.gz."""
    baseline_uri: str
    """S3 prefix of statistics.json, constraints.json and baseline.json, ending in a slash."""
    evaluation_uri: str
    """S3 URI of evaluation.json: the quality that the monitor compares with."""
    released_at: str
    """ISO 8601 in UTC."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Release:
        return cls(**json.loads(text))
