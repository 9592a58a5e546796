"""A serving program for tests: answers with the text of its model's file, and goes wrong on demand."""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """What the request's body says: `fail <status>`, `sleep <seconds>`, `exit`, `headers`, else the model's answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._reply(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        word, _, argument = body.decode().partition(" ")
        if word == "fail":
            self._reply(int(argument), b"as you wished")
        elif word == "exit":
            os._exit(3)
        elif word == "headers":
            self._reply(200, json.dumps({name.lower(): value for name, value in self.headers.items()}).encode())
        else:
            time.sleep(float(argument) if word == "sleep" else 0)
            self._reply(200, f"{answer()},{os.getpid()}".encode())

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        if custom := self.headers.get("X-Amzn-SageMaker-Custom-Attributes"):
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"{custom}-back")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing but what the program itself prints."""


def answer() -> str:
    return (Path(os.environ["SAGEMAKER_BASE_DIR"]) / "model" / "answer.txt").read_text()


if __name__ == "__main__":
    print("serving", answer(), flush=True)
    if answer() == "broken":
        sys.exit("the model is broken")
    host, port = os.environ.get("HOMEOSTAT_BIND_HOST", "0.0.0.0"), int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    ThreadingHTTPServer((host, port), Handler).serve_forever()
