"""Which instance types SageMaker offers, and for what.

From the enumerations of SageMaker's API (TrainingInstanceType, ProcessingInstanceType, TransformInstanceType,
ProductionVariantInstanceType, InstanceType of notebook instances); a test holds the tables to those that the AWS SDK
knows. Studio's are in `core.contracts.studio_instances`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Literal, get_args

Use = Literal["training", "processing", "transform", "endpoint", "notebook"]
USES: tuple[Use, ...] = get_args(Use)

_ARM = "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_GRAVITON = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"
_ICE_LAKE = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"
_SAPPHIRE = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_GRANITE = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge"
_FLEX = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"
_SKYLAKE = "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge"
_WIDE = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge"
_GPU = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_G7 = "2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge"
ALL, JOBS, TRAINS, SERVES = "tpxen", "tp", "t", "e"

_FAMILIES: dict[str, tuple[str, str]] = {
    "c4": (ALL, "xlarge 2xlarge 4xlarge 8xlarge"),
    "c5": (ALL, "xlarge 2xlarge 4xlarge 9xlarge 18xlarge"),
    "c5d": ("en", "xlarge 2xlarge 4xlarge 9xlarge 18xlarge"),
    "c5n": (TRAINS, "xlarge 2xlarge 4xlarge 9xlarge 18xlarge"),
    "c6g": (SERVES, _GRAVITON),
    "c6gd": (SERVES, _GRAVITON),
    "c6gn": (SERVES, _GRAVITON),
    "c6i": (ALL, _ICE_LAKE.removeprefix("large ")),
    "c6id": ("n", _ICE_LAKE),
    "c6in": (SERVES, _ICE_LAKE),
    "c7g": (SERVES, _GRAVITON),
    "c7i": (ALL, _SAPPHIRE),
    "c7i-flex": (JOBS, _FLEX),
    "c8g": (SERVES, _ARM),
    "c8i": (JOBS, _GRANITE),
    "c8i-flex": (JOBS, _FLEX),
    "dl1": (SERVES, "24xlarge"),
    "g4dn": (ALL, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    "g5": (ALL, _GPU),
    "g6": (ALL, _GPU),
    "g6e": (ALL, _GPU),
    "g7": ("tpe", _G7),
    "g7e": ("tpen", _G7),
    "inf1": ("en", "xlarge 2xlarge 6xlarge 24xlarge"),
    "inf2": ("xen", "xlarge 8xlarge 24xlarge 48xlarge"),
    "m4": (ALL, "xlarge 2xlarge 4xlarge 10xlarge 16xlarge"),
    "m5": ("tpxe", _SKYLAKE),
    "m5d": ("en", _SKYLAKE),
    "m6g": (SERVES, _GRAVITON),
    "m6gd": (SERVES, _GRAVITON),
    "m6i": (ALL, _ICE_LAKE),
    "m6id": ("n", _ICE_LAKE),
    "m7i": (ALL, _SAPPHIRE),
    "m7i-flex": (JOBS, f"large {_FLEX}"),
    "m8g": (SERVES, _ARM),
    "m8i": (JOBS, f"large {_GRANITE}"),
    "m8i-flex": (JOBS, f"large {_FLEX}"),
    "p2": (ALL, "xlarge 8xlarge 16xlarge"),
    "p3": (ALL, "2xlarge 8xlarge 16xlarge"),
    "p3dn": ("tn", "24xlarge"),
    "p4d": ("ten", "24xlarge"),
    "p4de": ("ten", "24xlarge"),
    "p5": ("ten", "4xlarge 48xlarge"),
    "p5e": ("te", "48xlarge"),
    "p5en": ("ten", "48xlarge"),
    "p6-b200": ("ten", "48xlarge"),
    "p6-b300": ("te", "48xlarge"),
    "p6e-gb200": ("te", "36xlarge"),
    "r5": ("tpn", _WIDE),
    "r5d": ("tp", _WIDE),
    "r6g": (SERVES, _GRAVITON),
    "r6gd": (SERVES, _GRAVITON),
    "r6i": (ALL, _ICE_LAKE),
    "r6id": ("n", _ICE_LAKE),
    "r7gd": (SERVES, f"medium {_GRAVITON}"),
    "r7i": (ALL, _SAPPHIRE),
    "r8g": (SERVES, _ARM),
    "r8i": (JOBS, f"large {_GRANITE}"),
    "r8i-flex": (JOBS, f"large {_FLEX}"),
    "t2": ("en", "medium large xlarge 2xlarge"),
    "t3": ("tpn", "medium large xlarge 2xlarge"),
    "trn1": ("txen", "2xlarge 32xlarge"),
    "trn1n": ("ten", "32xlarge"),
    "trn2": ("te", "48xlarge"),
}
"""Family -> the uses t(raining), p(rocessing), x (transform), e(ndpoint) and n(otebook), and the sizes."""
_ALSO: dict[Use, dict[str, str]] = {
    "processing": {"p5": "4xlarge"},
    "transform": {"c6i": "large"},
    "endpoint": {"c4": "large", "c5": "large", "c5d": "large", "c6i": "large", "r5": _SKYLAKE, "r5d": _SKYLAKE},
    "notebook": {"c6i": "large", "m5": _SKYLAKE.removeprefix("large "), "m5d": "8xlarge 16xlarge"},
}
"""What a use takes beside the families' rows."""


def _offered(use: Use) -> Iterator[str]:
    letter = "x" if use == "transform" else use[0]
    for family, (uses, sizes) in _FAMILIES.items():
        if letter in uses:
            yield from (f"ml.{family}.{size}" for size in sizes.split())
    for family, sizes in _ALSO.get(use, {}).items():
        yield from (f"ml.{family}.{size}" for size in sizes.split())


OFFERED: dict[Use, frozenset[str]] = {use: frozenset(_offered(use)) for use in USES}
"""What SageMaker takes for each use."""


def near(name: str, among: Collection[str]) -> str:
    """What may be meant by a name that is not among them, to be put behind a complaint.

    >>> near("ml.g4dn.3xlarge", OFFERED["training"])[:48]
    '; accepted of ml.g4dn: xlarge, 2xlarge, 4xlarge,'
    """
    family = name.rpartition(".")[0]
    sizes = [each.rpartition(".")[2] for each in among if each.startswith(f"{family}.")]
    if sizes:
        return f"; accepted of {family}: {', '.join(sorted(sizes, key=_size))}"
    spelled_like_it = get_close_matches(name, among)
    return f"; did you mean {' or '.join(sorted(spelled_like_it))}?" if spelled_like_it else ""


def _size(size: str) -> tuple[int, str]:
    digits = re.match(r"\d+", size)
    return (int(digits[0]) if digits else 1 if size == "xlarge" else 0, size)
