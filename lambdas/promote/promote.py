"""One message of the queue: a package that was approved, a sweep that is due, or something to be refused."""

from __future__ import annotations

import re

from core.contracts.events import NotThisEvent, PackageApproved, SweepDue
from lambdas.failures import Refused, Unavailable
from lambdas.log import say
from lambdas.messages import decoded
from lambdas.promote.deploy import WAITS, deploy
from lambdas.promote.ports import Ports
from lambdas.steps import quarantine


def promote(body: str, ports: Ports) -> str:
    """What became of the package. Raises Unavailable while the endpoint is busy: the queue delivers again."""
    try:
        approved = _approved(body)
        if approved is None:
            return sweep(ports)
        model = _model(approved, ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))
    result = deploy(model, approved.arn, ports)
    if result.startswith(WAITS):
        raise Unavailable(result)
    return result


def sweep(ports: Ports) -> str:
    """The newest approved package of every model, where its event was lost or the endpoint was busy."""
    failed = []
    for model in ports.policies:
        try:
            arn = ports.registry.newest_approved(ports.names(model).package_group)
            if arn is not None:
                say("swept", model=model, package=arn, result=deploy(model, arn, ports))
        except (Unavailable, Refused) as reason:
            failed.append(f"{model}: {reason}")
    if failed:
        raise Unavailable("; ".join(failed)[:1000])
    return "SWEPT"


def _approved(body: str) -> PackageApproved | None:
    """None for a sweep. Raises NotThisEvent."""
    event = decoded(body)
    if isinstance(event, dict) and event.get("source") == SweepDue.SOURCE:
        SweepDue.parse(event)
        return None
    return PackageApproved.parse(event)


def _model(approved: PackageApproved, ports: Ports) -> str:
    """The model whose package group this is. Raises NotThisEvent for anything that is not this team's."""
    groups = {ports.names(model).package_group: model for model in ports.policies}
    home = ports.home
    if approved.account != home.account or approved.group not in groups:
        raise NotThisEvent(f"the package group {approved.group!r} of {approved.account!r} is not one of this team")
    of_group = (
        rf"arn:aws:sagemaker:{home.region}:{home.account}:model-package/{re.escape(approved.group)}/[1-9]\d{{0,8}}"
    )
    if not re.fullmatch(of_group, approved.arn):
        raise NotThisEvent(f"the package's ARN {approved.arn[:160]!r} is not of its group in {home}")
    return groups[approved.group]
