"""Pages under /_homeostat/sagemaker/ by which tests and demonstrations order troubles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local.control import Route
from local.sagemaker.faults import Faults
from local.service import ApiError

Order = dict[str, Any]


def routes(faults: Callable[[], Faults]) -> dict[str, Route]:
    """`POST` a JSON object to `sagemaker/<trouble>`; its members are the arguments of the method of `Faults`."""
    return {
        "sagemaker/throttle": _page(lambda order: faults().throttle(**order)),
        "sagemaker/lose-reply": _page(lambda order: faults().lose_reply(**order)),
        "sagemaker/fail": _page(lambda order: faults().fail(**order)),
        "sagemaker/limit": _page(lambda order: faults().limit(**order)),
    }


def _page(carry_out: Callable[[Order], None]) -> Route:
    def page(method: str, body: bytes) -> dict[str, Any]:
        try:
            carry_out(json.loads(body))
        except (ValueError, TypeError) as fault:
            raise ApiError("ValidationException", f"The order cannot be carried out: {fault}") from None
        return {}

    return page
