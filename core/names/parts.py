"""What names are made of, and how long AWS lets them be."""

from __future__ import annotations

import re

TEAM_PATTERN = r"[a-z][a-z0-9]{1,14}"
MODEL_PATTERN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
MODEL_MAX = 24

JOB_NAME_MAX = 63
"""SageMaker takes no longer name of a job."""
RUN_ID_LENGTH = 16
"""Of the id that EventBridge Scheduler gives each run (Scheduler guide, "Adding context attributes")."""

TEAM_TAG = "homeostat"
"""Tag of every resource of a team environment, with `TeamNames.prefix` as its value. Budgets and policies go by it."""

VARIANT = "AllTraffic"
"""The one production variant of every endpoint; autoscaling and alarms watch it by this name."""
OPERATIONS = "operations"
"""The stack of what watches and remediates."""
REDEPLOYMENT = "redeployment"
"""The hourly deployment of the operations stack; its dead letters are what refused it."""

APP_INITIALS = {"JupyterLab": "jl", "CodeEditor": "ce"}
SAGEMAKER_LONGEST = 63
"""Characters in most of SageMaker's names."""

FEATURE_STORE_LONGEST = 64
"""Characters in the name of a feature group."""

PROJECT_LONGEST = 32
"""Characters in the name of a SageMaker project."""

BUCKETS = ("data", "models", "capture", "reports", "projects", "logs")


def checked(kind: str, value: str, pattern: str, longest: int) -> None:
    """Raises ValueError, with what was found and what is accepted."""
    if len(value) > longest or not re.fullmatch(pattern, value):
        raise ValueError(f"{kind} {value!r} must match {pattern} and have at most {longest} characters")
