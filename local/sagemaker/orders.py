"""Pages under /_homeostat/sagemaker/ by which tests and demonstrations order troubles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from local.control import Route
from local.service import ApiError

if TYPE_CHECKING:
    from local.sagemaker.service import SageMaker

Order = dict[str, Any]


def routes(service: Callable[[], SageMaker]) -> dict[str, Route]:
    """`POST` a JSON object to `sagemaker/<trouble>`: its members are the arguments of the method called here."""
    return {
        "sagemaker/throttle": _page(lambda order: service().faults.throttle(**order)),
        "sagemaker/lose-reply": _page(lambda order: service().faults.lose_reply(**order)),
        "sagemaker/fail": _page(lambda order: service().faults.fail(**order)),
        "sagemaker/hold": _page(lambda order: service().faults.hold(**order)),
        "sagemaker/limit": _page(lambda order: service().faults.limit(**order)),
        "sagemaker/spot-interruption": _page(lambda order: service().training.interrupt(**order)),
    }


def _page(carry_out: Callable[[Order], None]) -> Route:
    def page(method: str, body: bytes) -> dict[str, Any]:
        try:
            carry_out(json.loads(body))
        except (ValueError, TypeError) as fault:
            raise ApiError("ValidationException", f"The order cannot be carried out: {fault}") from None
        return {}

    return page
