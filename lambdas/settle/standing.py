"""Whether a model's endpoint stands, told where deployments read it: SageMaker's own schedules monitor none that is not
there, and CloudFormation cannot ask for one."""

from __future__ import annotations

from typing import Any

from core.contracts.managed import STANDS, STANDS_NOT
from core.names import TeamNames
from core.remediation.promotion import Endpoint
from lambdas.calls import Calls
from lambdas.endpoints import describe_endpoint
from lambdas.failures import NotThere
from lambdas.log import say

NOT_YET_OR_NO_MORE = frozenset({"Creating", "Deleting", "Failed"})
"""An endpoint that changes stands meanwhile; one that failed is not served by anything."""


def standing(endpoint: Endpoint | None) -> str:
    """In the words of `core.contracts.managed`."""
    return STANDS_NOT if endpoint is None or endpoint.status in NOT_YET_OR_NO_MORE else STANDS


class SsmStandings:
    """`lambdas.settle.ports.Standings`."""

    def __init__(self, calls: Calls, sagemaker: Any, ssm: Any, team: TeamNames) -> None:
        self._calls, self._sagemaker, self._ssm, self._team = calls, sagemaker, ssm, team

    def keep(self, model: str) -> None:
        """A parameter that is not there belongs to a stack that is not: nobody reads it."""
        names = self._team.model(model)
        try:
            before = self._calls.ask(self._ssm.get_parameter, Name=names.standing_parameter)["Parameter"]["Value"]
        except NotThere:
            return
        now = standing(describe_endpoint(self._calls, self._sagemaker, names.endpoint))
        if now != before:
            self._calls.ask(self._ssm.put_parameter, Name=names.standing_parameter, Value=now, Overwrite=True)
            say("endpoint stands", model=model, before=before, now=now)
