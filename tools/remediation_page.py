"""docs/remediation.md, made from the table that the platform decides with (`core.remediation.responses`)."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from typing import get_args

from core.contracts.policy import Response
from core.diagnosis import Verdict
from core.remediation.responses import MEANING, TABLE
from tools.generated import ROOT, keep

PAGE = ROOT / "docs" / "remediation.md"
HEAD = """\
# What is done about a verdict

An alarm starts nothing by itself. The newest report of the monitor is diagnosed, the diagnosis is a verdict with its
evidence, and the verdict has a response. This page is made by `make docs` from the table that decides
(`core/remediation/responses.py`).

A model's file may choose another response where the table accepts it; `make synth` refuses any other:

```yaml
    retraining:
      responses:
        REAL_DRIFT: ask
        UPSTREAM_FAULT: fallback
      approval_hours: 24     # of `ask`
      fallback_version: 3    # of `fallback`
```

| verdict | what it means | usual response | may be chosen instead | because |
| --- | --- | --- | --- | --- |
"""
RESPONSES = """
## What a response does

| response | what it does |
| --- | --- |
"""
TAIL = """
Whatever is done is told to the team once, and written in the ledger with the evidence: `make episodes` shows it.

Every start keeps the same limits, whether an alarm, a schedule (`retraining.every_days`), a request (`make retrain`) or
an approval asks for it: cooldown, starts per day, attempts without improvement, budget, freeze. They are under
`retraining` in [the team file](config.md); what a person can do is in [operations](operations.md). A version that was
rolled back, or taken out of service by a response, is not deployed again until a person says so (`make unblock`).
"""


def main() -> int:
    return keep(__doc__, lambda: {PAGE: page()})


def page() -> str:
    says = meanings()
    verdicts = "".join(_verdict(verdict, says[verdict]) for verdict in Verdict)
    responses = "".join(f"| `{response}` | {MEANING[response]} |\n" for response in get_args(Response))
    return f"{HEAD}{verdicts}{RESPONSES}{responses}{TAIL}"


def meanings() -> Mapping[Verdict, str]:
    """What the source says below each member of the enumeration."""
    (defined,) = ast.parse(inspect.getsource(Verdict)).body
    assert isinstance(defined, ast.ClassDef)
    found: dict[Verdict, str] = {}
    for member, below in zip(defined.body, defined.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            assert isinstance(member.targets[0], ast.Name)
            found[Verdict[member.targets[0].id]] = " ".join(str(below.value.value).split())
    return found


def _verdict(verdict: Verdict, means: str) -> str:
    row = TABLE[verdict]
    others = ", ".join(f"`{response}`" for response in row.accepted if response != row.usual)
    return f"| `{verdict}` | {means} | `{row.usual}` | {others or '-'} | {row.because} |\n"


if __name__ == "__main__":
    sys.exit(main())
