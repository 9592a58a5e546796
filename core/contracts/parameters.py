"""Parameters of a training pipeline: the definition declares them, whoever starts it fills them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Literal

TrainOn = Literal["all", "recent"]


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    """One execution. A default of every parameter makes a start by hand a baseline run on all data."""

    train_on: str = "all"
    """`all`: the labelled data set and all labelled requests. `recent`: labelled requests of the window only."""
    recent_from: str = "none"
    """Start of the recent window, ISO 8601, or `none`."""
    recent_until: str = "none"
    episode: str = "none"
    """Id of the episode that asked for this run; `none` for a run that a person started."""
    without: str = "none"
    """Features that the model must not lean on, separated by commas, or `none`."""

    @staticmethod
    def parameter(field: str) -> str:
        """Pipeline parameter of a field.

        >>> TrainingParameters.parameter("train_on")
        'TrainOn'
        """
        return "".join(part.capitalize() for part in field.split("_"))

    @classmethod
    def defaults(cls) -> dict[str, str]:
        return {cls.parameter(field.name): str(field.default) for field in fields(cls)}

    def request(self) -> list[dict[str, str]]:
        """StartPipelineExecution's `PipelineParameters`."""
        return [{"Name": self.parameter(name), "Value": value} for name, value in asdict(self).items()]
