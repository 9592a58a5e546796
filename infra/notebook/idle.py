"""Runs on a notebook instance: prints the instance's name and ends with 0 if nobody has used it for so many minutes.

Ends with 1 while somebody does, and with a message where Jupyter does not answer: what cannot be seen is not stopped.
"""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.request import urlopen

METADATA = "/opt/ml/metadata/resource-metadata.json"
SERVERS = ("https://localhost:8443", "http://localhost:8888")
"""Where the platforms of notebook instances have Jupyter, with a certificate of its own making."""


def idle(status: Mapping[str, Any], kernels: Sequence[Mapping[str, Any]], now: datetime, minutes: int) -> bool:
    """`status` and `kernels` are what Jupyter's REST API answers; a kernel that computes is in use."""
    if any(kernel["execution_state"] == "busy" for kernel in kernels):
        return False
    return now - _time(status["last_activity"]) >= timedelta(minutes=minutes)


def main(minutes: int, servers: Sequence[str] = SERVERS, metadata: str = METADATA) -> int:
    status, kernels = _ask(servers, "api/status"), _ask(servers, "api/kernels?no_track_activity=1")
    if not idle(status, kernels, datetime.now(timezone.utc), minutes):  # noqa: UP017 - the instance's Python is older
        return 1
    with open(metadata, encoding="utf-8") as file:
        print(json.load(file)["ResourceName"])
    return 0


def _ask(servers: Sequence[str], path: str) -> Any:
    """Asking for these two is no activity."""
    own = ssl.create_default_context()
    own.check_hostname, own.verify_mode = False, ssl.CERT_NONE
    for server in servers:
        try:
            with urlopen(f"{server}/{path}", timeout=20, context=own) as answer:
                return json.load(answer)
        except OSError as fault:
            print(f"{server}: {fault}", file=sys.stderr)
    raise SystemExit("Jupyter does not answer; the instance goes on")


def _time(text: str) -> datetime:
    """Jupyter writes UTC with a Z, which Python understands from 3.11 on."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
