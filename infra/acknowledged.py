"""Where a template keeps what is acknowledged on a resource: `{control or rule: reason}` in the resource's metadata."""

from __future__ import annotations

ACKNOWLEDGED = ("homeostat", "acknowledged")
"""Section of the metadata, and key in it."""
