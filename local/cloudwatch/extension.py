"""CloudWatch as documented: what this package replaces in ministack's own CloudWatch."""

from __future__ import annotations

from types import SimpleNamespace

from ministack.services import cloudwatch

from local import clock
from local.cloudwatch import actions, requests, state, watch

HOOKS = (
    "ministack.core.responses:AccountRegionScopedDict request_scope",
    "ministack.core.concurrency:spawn_background",
    "ministack.services.cloudwatch:time TWO_WEEKS_SECONDS _metrics _alarms _composite_alarms _history_entries"
    " _dims_key _calc_stats _stat_value _parse_ts _ts_iso _record_history _error _cbor_ok _json_ok"
    " _cbor_metric_data_result _evaluate_alarm _evaluate_all_alarms _evaluate_parent_alarms"
    " _dispatch_alarm_actions _put_metric_alarm _put_composite_alarm _delete_alarms _set_alarm_state"
    " _get_metric_data reset",
    "ministack.services.sns:topic_policy_allows _fanout",
)

RETENTION_S = 455 * 24 * 3600
"""CloudWatch keeps hourly data for 455 days; by the simulated clock ministack's two weeks are soon over."""


def install() -> None:
    actions.register("arn:aws:sns:", actions.publish)
    actions.register("arn:aws:lambda:", actions.invoke)
    native_reset = cloudwatch.reset

    def reset() -> None:
        native_reset()
        state.reset()

    replaced = {
        "time": SimpleNamespace(time=clock.epoch),
        "TWO_WEEKS_SECONDS": RETENTION_S,
        "reset": reset,
        "_evaluate_alarm": watch.wake,
        "_evaluate_all_alarms": watch.wake,
        "_dispatch_alarm_actions": state.announce,
        "_put_metric_alarm": requests.put_metric_alarm(cloudwatch._put_metric_alarm),
        "_put_composite_alarm": requests.put_composite_alarm(cloudwatch._put_composite_alarm),
        "_delete_alarms": requests.delete_alarms(cloudwatch._delete_alarms),
        "_set_alarm_state": requests.locked(cloudwatch._set_alarm_state),
        "_get_metric_data": requests.get_metric_data(cloudwatch._get_metric_data),
    }
    for name, replacement in replaced.items():
        setattr(cloudwatch, name, replacement)


start = watch.start
stop = watch.stop
