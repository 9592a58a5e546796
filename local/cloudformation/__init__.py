"""CloudFormation: the resource types that ministack lacks, provisioned through their own APIs."""

from local.cloudformation.extension import HOOKS, install

__all__ = ["HOOKS", "install"]
