"""IAM of the services that the extensions add."""

from __future__ import annotations
