"""One message of the queue: an execution, an endpoint or a deployment that changed, a sweep, or what is to be refused.

Events are hints: they come twice, late, out of order or never. What counts is what SageMaker says when it is asked.
"""

from __future__ import annotations

from core.contracts.events import DeploymentRolledBack, EndpointChanged, NotThisEvent, PipelineChanged, SweepDue
from core.names import OPERATIONS
from lambdas.failures import Refused, Unavailable
from lambdas.messages import decoded
from lambdas.settle.endpoint import settle_endpoint
from lambdas.settle.ports import Ports
from lambdas.settle.refusals import hear_of_rollback, hear_refusals
from lambdas.settle.run import settle_candidates, settle_run
from lambdas.steps import quarantine


def settle(body: str, ports: Ports) -> str:
    """What became of the run or the deployment."""
    try:
        event = _read(body)
        if isinstance(event, SweepDue):
            return sweep(ports)
        if isinstance(event, DeploymentRolledBack):
            _check(event, ports)
            return hear_of_rollback(event, ports)
        model = _model(event, ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))
    if isinstance(event, PipelineChanged):
        return settle_run(model, ports)
    result = settle_endpoint(model, ports)
    keep_standing(model, ports)
    return result


def sweep(ports: Ports) -> str:
    """Everything of every model; what fails for one does not keep the others waiting."""
    failed = []
    for model in ports.policies:
        for step in (settle_run, settle_endpoint, settle_candidates, keep_standing):
            try:
                step(model, ports)
            except (Unavailable, Refused) as reason:
                failed.append(f"{model}: {reason}")
    try:
        hear_refusals(ports)
    except (Unavailable, Refused) as reason:
        failed.append(str(reason))
    if failed:
        raise Unavailable("; ".join(failed)[:1000])
    return "SWEPT"


def keep_standing(model: str, ports: Ports) -> None:
    """Deployments go by whether there is an endpoint."""
    ports.standings.keep(model)


def _read(body: str) -> PipelineChanged | EndpointChanged | DeploymentRolledBack | SweepDue:
    event = decoded(body)
    if isinstance(event, dict):
        if event.get("source") == SweepDue.SOURCE:
            return SweepDue.parse(event)
        if event.get("detail-type") == PipelineChanged.DETAIL_TYPE:
            return PipelineChanged.parse(event)
        if event.get("detail-type") == DeploymentRolledBack.DETAIL_TYPE:
            return DeploymentRolledBack.parse(event)
    return EndpointChanged.parse(event)


def _check(event: DeploymentRolledBack, ports: Ports) -> None:
    """Raises NotThisEvent for anything that is not this team's stack."""
    home = ports.home
    beginning = f"arn:aws:cloudformation:{home.region}:{home.account}:stack/{ports.team.stack(OPERATIONS)}/"
    if event.account != home.account or not event.stack.startswith(beginning):
        raise NotThisEvent(f"the event is of {event.stack[:160]!r} in {event.account!r}, accepted is {beginning}*")


def _model(event: PipelineChanged | EndpointChanged, ports: Ports) -> str:
    """The model that the event is about. Raises NotThisEvent for anything that is not this team's."""
    home = ports.home
    if event.account != home.account:
        raise NotThisEvent(f"the event is from account {event.account!r}, accepted is {home.account}")
    if isinstance(event, EndpointChanged):
        found, known = event.endpoint, {ports.names(model).endpoint: model for model in ports.policies}
    else:
        at = f"arn:aws:sagemaker:{home.region}:{home.account}:pipeline/"
        found, known = event.pipeline_arn, {f"{at}{ports.names(model).pipeline}": model for model in ports.policies}
    if found not in known:
        raise NotThisEvent(f"{found[:160]!r} is not one of this team's {len(known)}")
    return known[found]
