"""Base of every section of a team file, and the kinds of value that several sections share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.names import MODEL_MAX, MODEL_PATTERN, TEAM_PATTERN

Slug = Annotated[str, Field(pattern=f"^{TEAM_PATTERN}$")]
ModelName = Annotated[str, Field(pattern=f"^{MODEL_PATTERN}$", max_length=MODEL_MAX)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
"""Of a member, a space and whatever else stands inside the team's domain or under its prefix."""
FeatureName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
StudioApp = Literal["JupyterLab", "CodeEditor"]


class Strict(BaseModel):
    """Unknown keys are refused; a loaded section cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
