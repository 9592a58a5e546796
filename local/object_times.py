"""When an object of S3 was written: by the simulated clock.

An extension as `local.extensions` describes it.
"""

from __future__ import annotations

from ministack.services import s3

from local import clock

HOOKS = ("ministack.services.s3:now_iso",)


def install() -> None:
    s3.now_iso = now_iso


def now_iso() -> str:
    """As S3 writes it, in milliseconds."""
    return f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
