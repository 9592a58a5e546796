"""The default security group of a VPC, which no template can change: `infra` asks, `lambdas/default_group` acts."""

from __future__ import annotations

RESOURCE_TYPE = "Custom::HomeostatDefaultGroup"
VPC = "VpcId"
"""Property: id of the VPC."""
