"""Scheduled actions: limits of a target that change at certain times."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region, request_scope

from local.autoscaling.targets import Record, Targets, invalid, key_of, selected
from local.clock import now
from local.sagemaker.listing import page
from local.scheduler.expressions import occurrences
from local.service import ApiError

YEARS = timedelta(days=5 * 366)
BOUNDS = ("StartTime", "EndTime")


class ScheduledActions:
    """The part of the service for scheduled actions; `tick` carries out those that are due."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._records = AccountRegionScopedDict()
        self._looked = now()

    def put_scheduled_action(self, request: Record) -> None:
        self._targets.get(request)
        key = f"{key_of(request)}|{request['ScheduledActionName']}"
        before = self._records.get(key)
        if before is None and "Schedule" not in request:
            raise invalid("Schedule is required for a new scheduled action")
        times = {name: datetime.fromtimestamp(request[name], UTC) for name in BOUNDS if name in request}
        made = {"CreationTime": now(), "ScheduledActionARN": _arn(request)}
        action: Record = {**made, **(before or {}), **request, **times}
        _refuse_meaningless(action)
        if not action.get("ScalableTargetAction"):
            raise invalid("ScalableTargetAction must have a minimum or a maximum capacity")
        self._records[key] = action

    def delete_scheduled_action(self, request: Record) -> None:
        if self._records.pop(f"{key_of(request)}|{request['ScheduledActionName']}", None) is None:
            name = request["ScheduledActionName"]
            raise ApiError("ObjectNotFoundException", f"No scheduled action found for {name}")

    def describe_scheduled_actions(self, request: Record) -> Record:
        return page("ScheduledActions", selected(list(self._records.values()), request), request)

    def forget(self, target: Record) -> None:
        for action in list(self._records.values()):
            if key_of(action) == key_of(target):
                self.delete_scheduled_action(action)

    def tick(self) -> None:
        """Carry out, in every account and region, what became due since the last tick."""
        after, self._looked = self._looked, now()
        for (account, region, _), action in list(self._records.to_dict().items()):
            with request_scope(account, region):
                for _ in _due(action, after, self._looked):
                    self._carry_out(action)

    def reset(self) -> None:
        self._records.clear()

    def _carry_out(self, action: Record) -> None:
        target = self._targets.get(action)
        if not target["SuspendedState"].get("ScheduledScalingSuspended"):
            limits = action["ScalableTargetAction"]
            most = limits.get("MaxCapacity", max(target["MaxCapacity"], limits.get("MinCapacity", 0)))
            least = min(limits.get("MinCapacity", target["MinCapacity"]), most)
            self._targets.register_scalable_target({**target, "MinCapacity": least, "MaxCapacity": most})


def _due(action: Record, after: datetime, until: datetime) -> Iterator[datetime]:
    begins, ends = (action.get(name) for name in BOUNDS)
    zone = action.get("Timezone", "UTC")
    for moment in occurrences(action["Schedule"], begins or action["CreationTime"], after, until, zone):
        if (begins or moment) <= moment <= (ends or moment):
            yield moment


def _refuse_meaningless(action: Record) -> None:
    try:
        first = next(_due(action, now() - YEARS, now() + YEARS), None)
    except (ValueError, KeyError):  # no date, or no time zone
        first = None
    if first is None:
        raise invalid(f"Schedule {action['Schedule']} is no at(), rate() or cron() expression that ever comes true")


def _arn(request: Record) -> str:
    return (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scheduledAction:{uuid.uuid4()}:resource/"
        f"{request['ServiceNamespace']}/{request['ResourceId']}:scheduledActionName/{request['ScheduledActionName']}"
    )
