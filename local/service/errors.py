"""The one exception that becomes an AWS error response."""

from __future__ import annotations

import json


class ApiError(Exception):
    """`code` is AWS's exception name (`ResourceNotFound`), `status` the HTTP status that AWS gives it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body as json-1.x and rest-json clients read them."""
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": self.code}
        return self.status, headers, json.dumps({"__type": self.code, "message": self.message}).encode()
