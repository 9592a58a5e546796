"""What functions write reaches their log before anybody hears that they have answered."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from local.function_output import Output, output_of
from local.start import EmbeddedAws

pytestmark = pytest.mark.slow

ECHO = (
    "import sys\nfor line in sys.stdin:\n    print(line.strip() * 3, file=sys.stderr, flush=True)\n"
    "    print('answered', flush=True)\n"
)
MUCH = "import sys\nsys.stderr.write('x' * 1_000_000 + '\\n')\nprint('answered', flush=True)\n"


def program(source: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", source], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_what_was_written_before_an_answer_is_there_although_nobody_has_read_it_yet() -> None:
    """The thread that follows has not got any time so far."""
    with program(ECHO) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        output = Output(process)
        for word in ("one", "two"):
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "answered\n"
            assert output.taken() == word * 3
        assert output.taken() == ""
        process.stdin.close()


def test_a_program_that_writes_much_is_not_held_up_and_nothing_is_lost_at_its_end() -> None:
    with program(MUCH) as process:
        assert process.stdout is not None
        output = Output(process)
        following = threading.Thread(target=output.follow)
        following.start()
        assert process.stdout.readline() == "answered\n"
        assert output.taken() == "x" * 1_000_000
        following.join()
        assert output.taken() == ""


def test_a_worker_that_was_started_anew_has_another_output() -> None:
    with program("") as first, program("") as second:
        worker = SimpleNamespace(_proc=first)
        before = output_of(worker)
        worker._proc = None
        assert output_of(worker) is before, "what it still said before it was ended"
        worker._proc = second
        assert output_of(worker) is output_of(worker) is not before


def test_every_line_of_a_function_stands_in_its_log_when_it_has_answered(
    aws: EmbeddedAws, function: Callable[..., tuple[str, str]]
) -> None:
    source = "def handler(event, context):\n    for line in range(500):\n        print(f\"{event['x']}-{line}\")\n"
    name, _ = function(source)
    client, logs = aws.client("lambda"), aws.client("logs")
    for number in range(3):
        client.invoke(FunctionName=name, Payload=f'{{"x": {number}}}')
        found = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{name}", filterPattern=f'"{number}-"'
        )
        lines = [event["message"].strip() for page in found for event in page["events"]]
        assert [line for line in lines if line.startswith(f"{number}-")] == [f"{number}-{line}" for line in range(500)]
