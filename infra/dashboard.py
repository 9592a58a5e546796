"""A dashboard for each model, and one for the team that shows all alarms."""

from __future__ import annotations

import json
from typing import Any

from constructs import Construct

from core.config.model import Model
from core.contracts.metrics import ATTRIBUTION_DRIFT, DRIFT, QUALITY_DROP, ROWS, VIOLATIONS, Metric, feature_drift
from core.names import VARIANT, ModelNames
from infra.model_alarms import alarm_arns
from infra.part import Part
from infra.tenant import Tenant

MOST_FEATURES = 100
"""A graph of more lines shows nothing."""


class TeamDashboard(Part):
    """Alarms of all models at a glance."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        models = ", ".join(model.name for model in tenant.team.models) or "none yet"
        widgets = [_text(f"# {self.names.prefix}\nModels: {models}")]
        if alarms := alarm_arns(tenant, (model.name for model in tenant.team.models)):
            widgets.append(_alarms(alarms))
        _dashboard(self, self.names.dashboard, widgets)


class ModelDashboard(Part):
    """What the monitor says of one model, and how its endpoint does."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        names = self.names.model(model.name)
        region, period_s = tenant.region, model.monitoring.period_hours * 3600
        features = [feature_drift(feature) for feature in model.features][:MOST_FEATURES]
        watched = {
            "Drift and loss of quality: 1 is the limit": [DRIFT, ATTRIBUTION_DRIFT, QUALITY_DROP],
            "Drift of each feature": features,
            "Rows and violations": [ROWS, VIOLATIONS],
        }
        widgets = [_alarms(alarm_arns(tenant, [model.name]))]
        for title, metrics in watched.items():
            lines = [_of_monitor(metric, names) for metric in metrics]
            widgets.append(_graph(title, lines, "Maximum", period_s, region))
        requests = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
        widgets.append(_graph("Requests", [_of_endpoint(name, names) for name in requests], "Sum", 60, region))
        widgets.append(_graph("Latency", [_of_endpoint("ModelLatency", names)], "p90", 60, region))
        _dashboard(self, names.dashboard, widgets)


def _dashboard(part: Part, name: str, widgets: list[dict[str, Any]]) -> None:
    body = json.dumps({"widgets": widgets})
    part.add("Dashboard", "AWS::CloudWatch::Dashboard", {"DashboardName": name, "DashboardBody": body})


def _of_monitor(metric: Metric, names: ModelNames) -> list[str]:
    values = {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}
    return [metric.namespace, metric.name, *(part for name in metric.dimensions for part in (name, values[name]))]


def _of_endpoint(name: str, names: ModelNames) -> list[str]:
    return ["AWS/SageMaker", name, "EndpointName", names.endpoint, "VariantName", VARIANT]


def _graph(title: str, lines: list[list[str]], statistic: str, period_s: int, region: str) -> dict[str, Any]:
    properties = {"title": title, "metrics": lines, "stat": statistic, "period": period_s, "region": region}
    return {"type": "metric", "width": 12, "height": 6, "properties": {**properties, "view": "timeSeries"}}


def _alarms(arns: list[str]) -> dict[str, Any]:
    return {"type": "alarm", "width": 24, "height": 4, "properties": {"title": "Alarms", "alarms": arns[:100]}}


def _text(markdown: str) -> dict[str, Any]:
    return {"type": "text", "width": 24, "height": 2, "properties": {"markdown": markdown}}
