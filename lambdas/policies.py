"""The models of the team and their policies, from SSM: what is not among them is not touched."""

from __future__ import annotations

from typing import Any

from core.contracts.policy import ModelPolicy
from core.contracts.policy_parts import TornPolicy, whole
from core.names import TeamNames
from lambdas.calls import Calls
from lambdas.failures import Unavailable

LAST = "/policy"
"""How the name of a policy's parameter ends; those of its further parts go on."""
PAGES_MAX = 30
"""Of ten parameters each, which is what SSM gives at once."""


def read_policies(calls: Calls, client: Any, team: TeamNames) -> dict[str, ModelPolicy]:
    """Model name -> policy.

    Raises Unavailable where there are more models than can be read, or a policy is just being replaced.
    """
    values = _values(calls, client, team)
    policies: dict[str, ModelPolicy] = {}
    for name in values:
        if not name.endswith(LAST):
            continue
        try:
            policy = ModelPolicy.from_json(whole(values, name))
        except TornPolicy as torn:
            raise Unavailable(f"{name}: {torn}") from torn
        if name == team.model(policy.model).policy_parameter:
            policies[policy.model] = policy
    return policies


def _values(calls: Calls, client: Any, team: TeamNames) -> dict[str, str]:
    """All of the team's parameters."""
    values: dict[str, str] = {}
    request: dict[str, Any] = {"Path": team.parameters, "Recursive": True}
    for _ in range(PAGES_MAX):
        answer = calls.ask(client.get_parameters_by_path, **request)
        values |= {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}
        if not answer.get("NextToken"):
            return values
        request["NextToken"] = answer["NextToken"]
    raise Unavailable(f"{team.parameters} holds more than {PAGES_MAX * 10} parameters")
