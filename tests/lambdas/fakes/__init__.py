"""A small AWS in memory behind the functions' ports: rows, executions with tokens, packages, an endpoint, a topic.

Every port goes through one `Faults`, so a test can lose or kill any call, and one clock, which a test moves.
"""

from tests.lambdas.fakes.ledger import BEGINNING, Clock, FakeLedger, FakeTopic
from tests.lambdas.fakes.releases import FakeEndpoints, FakeRegistry, FakeReleases
from tests.lambdas.fakes.runs import CONFLICT, NO_CAPACITY, REFUSED, FakePipelines, FakeRuns, Run
from tests.lambdas.fakes.standing import FakeRefusals, FakeStandings
from tests.lambdas.fakes.watching import LONG_AGO, SILENT, FakeAlarms, FakeFindings

__all__ = [
    "BEGINNING",
    "CONFLICT",
    "LONG_AGO",
    "NO_CAPACITY",
    "REFUSED",
    "SILENT",
    "Clock",
    "FakeAlarms",
    "FakeEndpoints",
    "FakeFindings",
    "FakeLedger",
    "FakePipelines",
    "FakeRefusals",
    "FakeRegistry",
    "FakeReleases",
    "FakeRuns",
    "FakeStandings",
    "FakeTopic",
    "Run",
]
