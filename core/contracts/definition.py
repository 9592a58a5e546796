"""What a compiled pipeline leaves open: ids that AWS generates, which infra puts in place of these texts."""

from __future__ import annotations

SECURITY_GROUP = "@security-group@"
KEY_ARN = "@key-arn@"


def subnet(index: int) -> str:
    """Placeholder of the id of the private subnet in the `index`-th zone, counted from 0."""
    return f"@subnet-{index}@"
