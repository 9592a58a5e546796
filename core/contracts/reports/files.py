"""Where a report and what stands beside it lie."""

from __future__ import annotations

from datetime import UTC, datetime

REPORT = "report.json"
LATEST = "latest.json"
PAGE = "report.html"
RECENT = "recent.json"
"""Counts of the newest windows, for the next ones to be compared with; lies beside `latest.json`."""
IMPORTANCE = "importance.json"
"""What each version of the model leaned on (`core.contracts.importance`); lies beside `latest.json` too."""
FOLDER = "%Y/%m/%d/%H-%M-%S"
"""Of a window's report: by its end."""
TOLD = "told.json"
"""Says where the report is of the window that ended, or the batch that was due, at the time of its folder. It is
written once, by the first report: a window that is looked at again was not told of late."""
EXPLANATIONS = "explanations.csv"
"""The explained rows, one a line: the attribution of each feature, and what they add up to."""
ANALYSIS = "analysis.json"
"""Bias and attributions in Clarify's form."""
STATISTICS = "statistics.json"
CONSTRAINTS = "constraints.json"
VIOLATIONS = "constraint_violations.json"
VIOLATIONS_BYOC = "constraints_violations.json"
"""The same content under the name that the guide gives custom containers."""


def labels_prefix(prefix: str) -> str:
    """Below it lie the reports on windows that were judged again when their labels had come; `prefix` is that of the
    reports of the first look.

    >>> labels_prefix("churn/batch/")
    'churn/batch/labels/'
    """
    return f"{prefix}labels/"


def told_of(prefix: str, key: str) -> datetime | None:
    """The time of the folder that a mark lies in; None where this is no mark of `prefix`.

    >>> told_of("churn/", "churn/2026/11/20/09-00-00/told.json")
    datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.timezone.utc)
    >>> told_of("churn/", "churn/2026/11/20/09-00-00/report.json")
    """
    try:
        return datetime.strptime(key, f"{prefix.replace('%', '%%')}{FOLDER}/{TOLD}").replace(tzinfo=UTC)
    except ValueError:
        return None


def report_folder(prefix: str, end: datetime) -> str:
    """Key prefix of the window that ends at `end`.

    >>> report_folder("churn/", datetime(2026, 11, 20, 9, tzinfo=UTC))
    'churn/2026/11/20/09-00-00/'
    """
    return f"{prefix}{end.astimezone(UTC):{FOLDER}}/"
