"""One window of captured requests against the release in service: report, violations and metrics."""
