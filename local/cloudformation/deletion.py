"""One deletion of a stack at a time: asked again meanwhile, CloudFormation goes on with the one that is under way.

ministack begins a second one beside it, and the stack is told to be gone while the other still deletes from it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from ministack.services.cloudformation import handlers

HOOKS = ("ministack.services.cloudformation.handlers:_delete_stack_async",)

Deletion = Callable[..., Coroutine[Any, Any, None]]


def install() -> None:
    handlers._delete_stack_async = once(handlers._delete_stack_async)


def once(native: Deletion) -> Deletion:
    """ministack's deletion of a stack, which ends at once where the same stack is being deleted."""
    going: set[str] = set()

    async def delete(stack_name: str, stack_id: str, *retained: Any, **mode: Any) -> None:
        if stack_id in going:
            return
        going.add(stack_id)
        try:
            await native(stack_name, stack_id, *retained, **mode)
        finally:
            going.discard(stack_id)

    return delete
