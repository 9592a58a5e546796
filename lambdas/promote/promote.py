"""One message of the queue: a package that was approved, a version to put back, a sweep, or something to be refused."""

from __future__ import annotations

import re

from core.contracts.events import NotThisEvent, PackageApproved, SweepDue
from core.contracts.requests import SwitchWanted
from core.remediation.intake import known
from lambdas.failures import Refused, Unavailable
from lambdas.log import say
from lambdas.messages import decoded
from lambdas.promote.deploy import WAITS, deploy
from lambdas.promote.ports import Ports
from lambdas.promote.switch import NOTHING, switch
from lambdas.steps import quarantine


def promote(body: str, ports: Ports) -> str:
    """What became of the package. Raises Unavailable while the endpoint is busy: the queue delivers again."""
    try:
        event = _read(body)
        if isinstance(event, SweepDue):
            return sweep(ports)
        model = _model(event, ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))
    result = deploy(model, event.arn, ports) if isinstance(event, PackageApproved) else switch(model, ports)
    if result.startswith(WAITS):
        raise Unavailable(result)
    return result


def sweep(ports: Ports) -> str:
    """What the ledger wants back, and the newest approved package, of every model: where the event of it was lost or
    the endpoint was busy."""
    failed = []
    for model in ports.policies:
        try:
            if (result := switch(model, ports)) != NOTHING:
                say("swept", model=model, result=result)
            arn = ports.registry.newest_approved(ports.names(model).package_group)
            if arn is not None:
                say("swept", model=model, package=arn, result=deploy(model, arn, ports))
        except (Unavailable, Refused) as reason:
            failed.append(f"{model}: {reason}")
    if failed:
        raise Unavailable("; ".join(failed)[:1000])
    return "SWEPT"


def _read(body: str) -> PackageApproved | SwitchWanted | SweepDue:
    """Raises NotThisEvent."""
    event = decoded(body)
    if not isinstance(event, dict) or event.get("source") != SweepDue.SOURCE:
        return PackageApproved.parse(event)
    if event.get("detail-type") == SwitchWanted.DETAIL_TYPE:
        return SwitchWanted.parse(event)
    return SweepDue.parse(event)


def _model(approved: PackageApproved | SwitchWanted, ports: Ports) -> str:
    """The model whose package group or endpoint this is. Raises NotThisEvent for anything that is not this team's."""
    if isinstance(approved, SwitchWanted):
        return known(approved.endpoint, ports.by_endpoint).model
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
