"""Every name that two parts of the platform must agree on.

A name is computed, never typed twice: stacks use it to create a resource,
Lambdas and jobs use it to find the same resource.

Team and environment names hold no hyphen, so the prefix of one team
environment is never the prefix of another one's (`risk-dev-` against
`riskdev-`): ARN patterns made from it isolate teams.
"""

from core.names.model import ModelNames
from core.names.parts import (
    APP_INITIALS,
    BUCKETS,
    JOB_NAME_MAX,
    MODEL_MAX,
    MODEL_PATTERN,
    OPERATIONS,
    PROJECT_LONGEST,
    REDEPLOYMENT,
    RUN_ID_LENGTH,
    TEAM_PATTERN,
    TEAM_TAG,
    VARIANT,
)
from core.names.team import TeamNames

__all__ = [
    "APP_INITIALS",
    "BUCKETS",
    "JOB_NAME_MAX",
    "MODEL_MAX",
    "MODEL_PATTERN",
    "OPERATIONS",
    "PROJECT_LONGEST",
    "REDEPLOYMENT",
    "RUN_ID_LENGTH",
    "TEAM_PATTERN",
    "TEAM_TAG",
    "VARIANT",
    "ModelNames",
    "TeamNames",
]
