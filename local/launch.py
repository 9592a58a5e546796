"""Launch: a claimed home, a bound port, ministack with the extensions in it, and nothing left behind at the end.

What is installed stands in `local.extensions`, with how to add to it.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from local import clock, leftovers, settings
from local.claim import claimed, unwritable
from local.extensions import EXTENSIONS, Registration
from local.hooks import check
from local.settings import Settings

HOOKS = (
    "ministack.app:SERVICE_REGISTRY SERVICE_HANDLERS _loaded_modules _lazy_handler _state_map app",
    "ministack.core.router:SERVICE_PATTERNS",
    "ministack.core.iam_actions:SERVICE_TO_IAM_NAMESPACE",
)


class CannotLaunch(Exception):
    """Nothing was started; the message is one sentence about what is in the way and what to do."""


def launch(told: Settings) -> None:
    """Run the embedded AWS until a signal or the end of the parent; raises CannotLaunch, HookMissing or HomeInUse."""
    with claimed(told.home), _bound(told.port) as listener:
        running = told.on_port(listener.getsockname()[1])
        leftovers.stop_processes(running.home)
        leftovers.remove_folder(running.temporary)
        try:
            running.temporary.mkdir()
        except OSError as error:
            raise unwritable(running.home, error) from None
        _set_environment(running)
        settings.use(running)
        clock.start(running.hour_seconds)
        try:
            extensions = [importlib.import_module(name) for name in EXTENSIONS]
            _install(extensions)
            _run(_serve(running, listener, extensions))
        finally:
            (running.home / "endpoint.json").unlink(missing_ok=True)
            leftovers.stop_processes(running.home)
            leftovers.remove_folder(running.temporary)


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    """A listening socket on loopback alone; bound before anything else, so that a taken port costs nothing."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            text = f"Port {port} of 127.0.0.1 cannot be opened ({error.strerror}): give another with --port."
            raise CannotLaunch(text) from None
        yield listener


def _set_environment(running: Settings) -> None:
    """What ministack reads when it is imported, and all that its Lambda workers inherit.

    Nothing of the user's own AWS set-up may reach a handler, so AWS_* goes.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(running.port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_REGION": running.region,
        "MINISTACK_ACCOUNT_ID": running.account,
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "TMPDIR": str(running.temporary),
        "STATE_DIR": str(running.temporary / "state"),
        "S3_DATA_DIR": str(running.temporary / "s3"),
        leftovers.MARK: str(running.home),
    }
    # A container engine is used by the extensions alone, and only where it was asked for.
    os.environ["DOCKER_HOST"] = f"unix://{running.temporary}/no-docker.sock"


def _install(extensions: list[ModuleType]) -> None:
    check((*HOOKS, *(hook for extension in extensions for hook in getattr(extension, "HOOKS", ()))))
    for extension in extensions:
        _each(extension, "install")
        for registration in getattr(extension, "services", list)():
            _register(registration)


def _register(registration: Registration) -> None:
    """Make ministack route to a service, reset it and name its actions, as it does for its own."""
    from ministack import app
    from ministack.core import iam_actions, router

    name = registration.signing_name
    app.SERVICE_REGISTRY[name] = {"module": name}
    app._loaded_modules[name] = registration.service
    app._state_map[name] = name
    app.SERVICE_HANDLERS[name] = app._lazy_handler(name)
    router.SERVICE_PATTERNS[name] = {"target_prefixes": [registration.target_prefix + "."]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = registration.iam_namespace


def _each(extension: ModuleType, function: str) -> None:
    if (found := getattr(extension, function, None)) is not None:
        found()


def _run(serving: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run`, which at the end also waits for what is under way: for a stack whose custom resource never
    answers that is an hour. Here it is left, and ends with the process."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serving)


async def _serve(running: Settings, listener: socket.socket, extensions: list[ModuleType]) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from local.control import front

    told = _told_to_end(running)
    routes = {name: route for extension in extensions for name, route in getattr(extension, "ROUTES", {}).items()}
    failed: list[Exception] = []

    def ready() -> None:
        try:
            for extension in extensions:
                _each(extension, "start")
            listener.listen()  # the server itself does so after this: who reads of it now may come already
            _announce(running)
        except Exception as error:  # noqa: BLE001 - the server would go on without them
            failed.append(error)
            told.set()

    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]  # hypercorn closes its own
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2
    config.loglevel = "WARNING"
    try:
        await serve(front(routes, ready), config, shutdown_trigger=told.wait)
    finally:
        for extension in reversed(extensions):
            _each(extension, "stop")
        # Threads of the server wait for functions that run; without their processes they end.
        leftovers.stop_processes(running.home)
    if failed:
        raise failed[0]


def _told_to_end(running: Settings) -> asyncio.Event:
    """Set on SIGTERM, SIGINT, SIGHUP or, where that was asked for, the end of the parent."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    if running.until_parent_exits:

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass  # whatever the parent writes is of no interest: its end is
            loop.call_soon_threadsafe(told.set)

        threading.Thread(target=watch, daemon=True, name="parent-watch").start()
    return told


def _announce(running: Settings) -> None:
    """Write endpoint.json in one step: a reader sees all of it or none."""
    document = {"url": running.url, "pid": os.getpid(), "hour_seconds": running.hour_seconds}
    unfinished = running.home / "endpoint.json.part"
    try:
        unfinished.write_text(json.dumps(document))
        unfinished.replace(running.home / "endpoint.json")
    except OSError as error:
        raise unwritable(running.home, error) from None
