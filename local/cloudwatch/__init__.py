"""CloudWatch metrics, metric math and alarms, on the simulated clock.

`register` is how another service runs the actions of alarms that are its own.
"""

from local.cloudwatch.actions import register
from local.cloudwatch.extension import HOOKS, install, start, stop

__all__ = ["HOOKS", "install", "register", "start", "stop"]
