"""Instance types, their uses, prices and regions are those that the AWS SDK knows."""

from __future__ import annotations

import botocore.session
import pytest

from core.costs import price
from core.instance_types import OFFERED, USES
from core.prices import USD_PER_HOUR
from core.regions import REGIONS

SHAPES = {
    "training": "TrainingInstanceType",
    "processing": "ProcessingInstanceType",
    "transform": "TransformInstanceType",
    "endpoint": "ProductionVariantInstanceType",
    "notebook": "InstanceType",
}
PUBLISHED = {
    "ml.m5.xlarge": 0.23,
    "ml.c5.18xlarge": 3.672,
    "ml.r5.8xlarge": 2.419,
    "ml.g4dn.xlarge": 0.7364,
    "ml.g5.xlarge": 1.408,
    "ml.g5.2xlarge": 1.515,
    "ml.g5.12xlarge": 7.09,
    "ml.g6.2xlarge": 1.222,
    "ml.g6e.12xlarge": 13.12,
    "ml.p3.2xlarge": 3.825,
    "ml.p4d.24xlarge": 37.688,
    "ml.p5.48xlarge": 98.32,
    "ml.trn1.32xlarge": 24.725,
    "ml.inf2.xlarge": 0.99,
    "ml.inf2.48xlarge": 15.58,
}


@pytest.mark.parametrize("use", USES)
def test_the_types_of_a_use_are_those_of_the_api(use):
    model = botocore.session.get_session().get_service_model("sagemaker")
    known = {name for name in model.shape_for(SHAPES[use]).enum if name.startswith("ml.")}
    assert OFFERED[use] == known


def test_every_type_has_a_price_that_grows_with_its_region():
    for use in USES:
        for name in OFFERED[use]:
            assert 0 < price(name, "us-east-1") < price(name, "eu-central-2")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_price_is_a_ceiling_of_what_is_published(name):
    assert PUBLISHED[name] <= USD_PER_HOUR[name] + 0.01
    assert USD_PER_HOUR[name] <= PUBLISHED[name] * 1.5, "and not out of all proportion"


def test_a_larger_size_of_a_general_family_costs_more():
    for family in ("m5", "m6i", "m7i", "c5", "c6i", "c7i", "r5", "r6i"):
        sizes = [f"ml.{family}.{size}" for size in ("xlarge", "2xlarge", "4xlarge")]
        prices = [USD_PER_HOUR[name] for name in sizes]
        assert prices == sorted(prices)
        assert prices[2] == pytest.approx(4 * prices[0], rel=0.01)


def test_the_regions_are_those_of_the_partition_aws():
    assert botocore.session.get_session().get_available_regions("sagemaker", partition_name="aws") == sorted(REGIONS)
