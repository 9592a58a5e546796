"""How a call can fail, in words that the steps understand."""

from __future__ import annotations


class Unavailable(Exception):
    """It was not done, or nobody knows whether it was: the queue delivers the message again."""


class Stale(Exception):
    """A row of the ledger changed after it was read; read and decide again."""


class Refused(Exception):
    """The service answered that it will not do this. `code` is AWS's error code."""

    def __init__(self, code: str, message: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.reasons = reasons
        """Codes of the parts of a cancelled transaction."""


class QuotaReached(Refused):
    """The account may not have more of this now."""


class NotThere(Refused):
    """What the call names does not exist."""


class Conflicting(Refused):
    """Another call for the same thing is under way, or was made."""
