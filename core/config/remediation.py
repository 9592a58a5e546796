"""When a model may be retrained, and what is done about each verdict of the monitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import Strict
from core.contracts.policy import Response, RetrainPolicy

VerdictName = Literal[
    "HEALTHY", "BENIGN_DRIFT", "INCONCLUSIVE", "ESTIMATED_LOSS", "LABELS_NEEDED", "REAL_DRIFT", "UPSTREAM_FAULT"
]
"""`core.diagnosis.Verdict`, as a type of the schema."""


class Retraining(Strict):
    """When a training run may start, and what is done about what the monitor finds."""

    cooldown_hours: float = Field(6, ge=0, le=720, description="Shortest time between two starts.")
    starts_per_day: int = Field(2, ge=1, le=24, description="After this many starts a person is called.")
    attempts_without_improvement: int = Field(
        3, ge=1, le=10, description="Starts without a released model after which no more are made."
    )
    monthly_budget_usd: float = Field(100, gt=0, description="No run starts that could exceed it.")
    responses: dict[VerdictName, Response] = Field(
        default_factory=dict,
        description="What is done about a verdict, in place of the usual response (see docs/remediation.md).",
        examples=[{"REAL_DRIFT": "ask", "UPSTREAM_FAULT": "fallback"}],
    )
    approval_hours: float = Field(24, ge=0.25, le=168, description="Time to answer where the response is `ask`.")
    fallback_version: Annotated[int, Field(ge=1, lt=10**9)] | None = Field(
        None, description="Version of the model package that the response `fallback` puts into service.", examples=[3]
    )
    grace_minutes: int = Field(
        60, ge=0, le=24 * 60, description="For so long an alarm that was made or changed starts nothing."
    )
    every_days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="Retrain this often, whatever the alarms say.", examples=[30]
    )

    def policy(self, run_cost_usd: float, usd_per_hour: Mapping[str, float]) -> RetrainPolicy:
        """What remediation needs to know; costs as of `core.config.model.Model.policy`."""
        return RetrainPolicy(
            cooldown_s=int(self.cooldown_hours * 3600),
            starts_per_day=self.starts_per_day,
            attempts_without_improvement=self.attempts_without_improvement,
            run_cost_usd=run_cost_usd,
            monthly_budget_usd=self.monthly_budget_usd,
            responses={str(verdict): response for verdict, response in self.responses.items()},
            approval_s=int(self.approval_hours * 3600),
            fallback_version=self.fallback_version or 0,
            grace_s=self.grace_minutes * 60,
            every_days=self.every_days or 0,
            usd_per_hour=dict(usd_per_hour),
        )
