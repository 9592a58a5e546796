"""What `infra` gives every Lambda function, and what the functions' code counts on."""

from __future__ import annotations

TIMEOUT_S = 60
"""A function is ended after this. Its code begins no AWS call whose worst case would outlast it."""
