"""One serving process: started, asked for its health, stopped."""

from __future__ import annotations

import contextvars
import http.client
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.contracts.images import HOST, PORT
from local import clock, engine
from local.images import NoSuchImage
from local.sagemaker.endpoints.models import LaunchFailed, ServedModel

PING_TIMEOUT_S = 2
LOOPBACK = "127.0.0.1"
"""Where servers listen: processes are on this machine's network, and so are containers."""
STOP_GRACE_S = 30
DRAIN_S = 60
"""As long as a model may take for an answer."""
SHORTEST_START_S = 120
"""Real seconds that a process has to start: it starts no faster where the clock runs faster."""


class Instance:
    """A process that answers /invocations on its own port of loopback."""

    def __init__(self, running: engine.Running, port: int) -> None:
        self.port = port
        self.outstanding = 0
        self._running = running
        self._retired = False
        self._counting = threading.Lock()

    @classmethod
    def launch(
        cls, model: ServedModel, root: Path, variables: dict[str, str], on_line: Callable[[str], None]
    ) -> Instance:
        """Start the model's image; `variables` carry the credentials of the model's role."""
        held = held_port()
        port: int = held.getsockname()[1]
        environment = {**variables, **model.environment, HOST: LOOPBACK, PORT: str(port)}
        context = contextvars.copy_context()  # the reader's thread has no account and region of its own
        work = engine.Work(model.image, root, environment, arguments=("serve",))
        try:
            running = engine.run(work, lambda line: context.run(on_line, line), held.close)
        except NoSuchImage as fault:
            held.close()
            raise LaunchFailed(str(fault)) from None
        return cls(running, port)

    @property
    def alive(self) -> bool:
        return self._running.exit_code is None

    def wait_until_healthy(self, variant: str, timeout_s: int) -> None:
        """Ask /ping until it answers 200; LaunchFailed when it does not within `timeout_s` simulated seconds."""
        deadline = time.monotonic() + max(clock.real_seconds(timeout_s), SHORTEST_START_S)
        while not self._healthy():
            if not self.alive or time.monotonic() > deadline:
                raise LaunchFailed(
                    f"The primary container for production variant {variant} did not pass the ping health check. "
                    "Please check CloudWatch logs for this endpoint."
                )
            time.sleep(0.05)

    def take(self) -> bool:
        """Count one more request; False where it is retired: the request must choose anew."""
        with self._counting:
            if not self._retired:
                self.outstanding += 1
            return not self._retired

    def give_back(self) -> None:
        """A request that it took is over."""
        with self._counting:
            self.outstanding -= 1

    def stop(self) -> None:
        """Let the requests under way end, then SIGTERM, then SIGKILL. It has lost its traffic before."""
        deadline = time.monotonic() + DRAIN_S
        with self._counting:
            self._retired = True
        while self.outstanding and self.alive and time.monotonic() < deadline:
            time.sleep(0.01)
        self._running.stop(min(STOP_GRACE_S, max(2.0, clock.real_seconds(STOP_GRACE_S))))

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=PING_TIMEOUT_S)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def held_port() -> socket.socket:
    """A socket that keeps a free port for a server to come: nobody else is given it, as it does not listen itself the
    server can. Servers reuse addresses, as both sides must for this."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((LOOPBACK, 0))
    return held
