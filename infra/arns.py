"""ARNs from names: plain text, because account and region are known at synth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arns:
    """ARNs in one account and region.

    >>> arns = Arns("111122223333", "eu-west-1")
    >>> arns.of("sagemaker", "endpoint/risk-dev-churn")
    'arn:aws:sagemaker:eu-west-1:111122223333:endpoint/risk-dev-churn'
    >>> arns.role("risk-dev-serving"), arns.bucket("risk-dev-data")
    ('arn:aws:iam::111122223333:role/risk-dev-serving', 'arn:aws:s3:::risk-dev-data')
    """

    account: str
    region: str

    def of(self, service: str, resource: str) -> str:
        """Of a service that has regions."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{name}"

    def policy(self, name: str) -> str:
        return f"arn:aws:iam::{self.account}:policy/{name}"

    def budget(self, name: str) -> str:
        return f"arn:aws:budgets::{self.account}:budget/{name}"

    def bucket(self, name: str) -> str:
        return f"arn:aws:s3:::{name}"
