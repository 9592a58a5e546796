"""What the templates are held to with all acknowledgements taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.scan import checkov, lint, nag
from tools.scan.scan import Scan


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    most: float
    count: Callable[[Scan], int]
    per_100: bool = True

    def figure(self, scan: Scan) -> float:
        count = self.count(scan)
        return 100 * count / scan.resources if self.per_100 else count

    def missed(self, scan: Scan) -> bool:
        return self.figure(scan) > self.most


def _lint(level: str) -> Callable[[Scan], int]:
    return lambda scan: sum(each.rule.startswith(level) for each in scan.of(lint.NAME))


def _other_than_wildcards(scan: Scan) -> int:
    return sum(not each.rule.startswith(nag.WILDCARDS) for each in scan.of(nag.SOLUTIONS))


BARS = (
    Bar("cfn-lint errors", 0, _lint("E"), per_100=False),
    Bar("cfn-lint warnings", 0, _lint("W"), per_100=False),
    Bar("cdk-nag AwsSolutions / 100", 20, lambda scan: len(scan.of(nag.SOLUTIONS))),
    Bar("... other than wildcards / 100", 2, _other_than_wildcards),
    Bar("checkov failed / 100", 10, lambda scan: len(scan.of(checkov.NAME))),
)
"""A finding is what a scanner reports: cdk-nag reports each wildcard of each policy."""
