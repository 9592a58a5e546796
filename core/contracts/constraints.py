"""Constraints of a baseline as a team edits them: in its file, where a change is read, reviewed and deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Edit:
    """Of one feature, by the names of `constraints.json`. What is None or empty stays as the training set suggests."""

    evaluate_constraints: bool = True
    """False: nothing is checked of the feature."""
    completeness: float | None = None
    """Share of the rows that is expected to hold a value."""
    is_non_negative: bool | None = None
    domains: tuple[str, ...] = ()
    """Categories that are known beside those of the training set."""
    datatype_check_threshold: float | None = None
    domain_content_threshold: float | None = None

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Edit:
        """
        >>> Edit.from_value({"domains": ["7"]}).domains
        ('7',)
        """
        return cls(**{**value, "domains": tuple(value.get("domains", ()))})

    def applied(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry of `features`, edited.

        >>> Edit(completeness=0.5, domains=("3",)).applied(
        ...     {"name": "sex", "completeness": 1.0, "string_constraints": {"domains": ["1", "2"]}}
        ... )  # doctest: +NORMALIZE_WHITESPACE
        {'name': 'sex', 'completeness': 0.5, 'string_constraints': {'domains': ['1', '2', '3']},
         'monitoringConfigOverrides': {}}
        """
        edited = dict(entry)
        if self.completeness is not None:
            edited["completeness"] = self.completeness
        if self.is_non_negative is not None:
            edited["num_constraints"] = {**entry.get("num_constraints", {}), "is_non_negative": self.is_non_negative}
        if self.domains and "string_constraints" in entry:
            known = [*entry["string_constraints"]["domains"], *self.domains]
            edited["string_constraints"] = {**entry["string_constraints"], "domains": sorted(set(known))}
        edited["monitoringConfigOverrides"] = {**entry.get("monitoringConfigOverrides", {}), **self._overrides()}
        return edited

    def _overrides(self) -> dict[str, Any]:
        thresholds = {
            "datatype_check_threshold": self.datatype_check_threshold,
            "domain_content_threshold": self.domain_content_threshold,
        }
        said = {name: value for name, value in thresholds.items() if value is not None}
        return said if self.evaluate_constraints else {**said, "evaluate_constraints": "Disabled"}
