"""SageMaker's statuses, sorted by what they mean here. A status that is not known is one that has not ended."""

from __future__ import annotations

ENDED_EXECUTIONS = frozenset({"Succeeded", "Failed", "Stopped", "CompletedWithFailures"})
SERVING = "InService"
BROKEN = frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"})
"""An endpoint leaves these only by a person's hand."""


def ended(execution_status: str) -> bool:
    """Whether a pipeline execution is over.

    >>> ended("Stopped"), ended("Stopping"), ended("SomethingNew")
    (True, False, False)
    """
    return execution_status in ENDED_EXECUTIONS


def busy(endpoint_status: str) -> bool:
    """Whether an endpoint is on its way from one state to another, or in a state that is not known here.

    >>> busy("RollingBack"), busy("InService"), busy("Failed"), busy("SomethingNew")
    (True, False, False, True)
    """
    return endpoint_status != SERVING and endpoint_status not in BROKEN
