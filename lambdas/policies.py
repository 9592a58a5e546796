"""The models of the team and their policies, from SSM: what is not among them is not touched."""

from __future__ import annotations

from typing import Any

from core.contracts.policy import ModelPolicy
from core.names import TeamNames
from lambdas.calls import Calls
from lambdas.failures import Unavailable

PAGES_MAX = 30
"""Of ten parameters each, which is what SSM gives at once."""


def read_policies(calls: Calls, client: Any, team: TeamNames) -> dict[str, ModelPolicy]:
    """Model name -> policy. Raises Unavailable where there are more models than can be read."""
    policies: dict[str, ModelPolicy] = {}
    request: dict[str, Any] = {"Path": team.parameters, "Recursive": True}
    for _ in range(PAGES_MAX):
        answer = calls.ask(client.get_parameters_by_path, **request)
        for parameter in answer["Parameters"]:
            name = parameter["Name"]
            if name.endswith("/policy"):
                policy = ModelPolicy.from_json(parameter["Value"])
                if name == team.model(policy.model).policy_parameter:
                    policies[policy.model] = policy
        if not answer.get("NextToken"):
            return policies
        request["NextToken"] = answer["NextToken"]
    raise Unavailable(f"{team.parameters} holds more than {PAGES_MAX * 10} parameters")
