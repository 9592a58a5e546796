"""The training pipelines in SageMaker."""

from __future__ import annotations

from typing import Any

from core.contracts.parameters import TrainingParameters
from lambdas.calls import Calls
from lambdas.remediate.ports import Listed

PAGES_MAX = 3
"""Of a hundred executions each. A model has one run in hours, so an unfinished one is among the newest."""


class SageMakerPipelines:
    """`lambdas.remediate.ports.Pipelines`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def executions(self, pipeline: str) -> tuple[Listed, ...]:
        request: dict[str, Any] = {
            "PipelineName": pipeline,
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": 100,
        }
        listed: list[Listed] = []
        for _ in range(PAGES_MAX):
            answer = self._calls.ask(self._client.list_pipeline_executions, **request)
            listed += [_listed(summary) for summary in answer["PipelineExecutionSummaries"]]
            if not answer.get("NextToken"):
                break
            request["NextToken"] = answer["NextToken"]
        return tuple(listed)

    def start(self, pipeline: str, token: str, name: str, parameters: TrainingParameters) -> str:
        answer = self._calls.ask(
            self._client.start_pipeline_execution,
            PipelineName=pipeline,
            ClientRequestToken=token,
            PipelineExecutionDisplayName=name,
            PipelineParameters=parameters.request(),
        )
        return str(answer["PipelineExecutionArn"])


def _listed(summary: dict[str, Any]) -> Listed:
    """A summary without a status is of an execution that has not ended."""
    return Listed(
        arn=summary["PipelineExecutionArn"],
        name=summary.get("PipelineExecutionDisplayName", ""),
        status=summary.get("PipelineExecutionStatus", ""),
    )
