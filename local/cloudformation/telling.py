"""What CloudFormation tells EventBridge: each status of a stack, with its reason.

Source: AWS CloudFormation User Guide, "Stack Status Change event detail".
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services.cloudformation import changesets, handlers, stacks

from local import events

HOOKS = (
    "ministack.services.cloudformation.stacks:_add_event CLIENT_REQUEST_TOKEN",
    "ministack.services.cloudformation.handlers:_add_event",
    "ministack.services.cloudformation.changesets:_add_event",
)
STACK = "AWS::CloudFormation::Stack"

Recorder = Callable[..., None]


def install() -> None:
    told = telling(stacks._add_event)
    for module in (stacks, handlers, changesets):
        module._add_event = told


def telling(native: Recorder) -> Recorder:
    """ministack's recorder of a stack's events, which also tells of those that are about the stack itself."""

    def record(id: str, name: str, of: str, type_: str, status: str, reason: str = "", *more: str, **last: str) -> None:
        native(id, name, of, type_, status, reason, *more, **last)
        if type_ == STACK and of == name:
            token = stacks.CLIENT_REQUEST_TOKEN.get()
            details = {"status": status, "status-reason": reason}
            detail = {"stack-id": id, "status-details": details, "client-request-token": token}
            events.emit("aws.cloudformation", "CloudFormation Stack Status Change", detail, [id])

    return record
