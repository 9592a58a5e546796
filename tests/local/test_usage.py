"""What runs is counted in AWS/Usage, in the metric that its quota names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.quota_catalog import code
from local.start import EmbeddedAws, eventually
from tests.local.hosting import Hosting

ENDPOINTS = "ml.m5.large for endpoint usage"


def most(aws: EmbeddedAws, quota: str) -> float | None:
    """What GetMetricData says of the last hour, in the metric that Service Quotas names."""
    quotas = aws.client("service-quotas")
    named = quotas.get_service_quota(ServiceCode="sagemaker", QuotaCode=code(quota))["Quota"]["UsageMetric"]
    metric = {
        "Namespace": named["MetricNamespace"],
        "MetricName": named["MetricName"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in named["MetricDimensions"].items()],
    }
    stat = {"Metric": metric, "Period": 300, "Stat": named["MetricStatisticRecommendation"]}
    now = aws.now()
    answer = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "used", "MetricStat": stat}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=5),
    )
    values = answer["MetricDataResults"][0]["Values"]
    return max(values) if values else None


@pytest.mark.slow
def test_instances_of_an_endpoint_are_counted_while_it_serves(aws: EmbeddedAws, host: Hosting) -> None:
    for _ in eventually():
        if not most(aws, ENDPOINTS):  # endpoints of other tests are gone, and the hour in which they were counted
            break
    host.endpoint(host.variant("a", count=2))
    for _ in eventually():
        if most(aws, ENDPOINTS) == 2:
            break
