"""The instance types that Studio applications can run on.

CloudFormation's schema of AWS::SageMaker::Domain and SageMaker's API model each know a few that the other does not;
these are the ones that both know. A test holds this list to theirs.
"""

from __future__ import annotations

_STANDARD = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge"
_INTEL = f"{_STANDARD} 32xlarge"
_INTEL_7 = f"{_STANDARD} 48xlarge"
_ACCELERATED = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"

_SIZES = {
    "t3": "micro small medium large xlarge 2xlarge",
    "m5": _STANDARD,
    "m5d": _STANDARD,
    "m6i": _INTEL,
    "m6id": _INTEL,
    "m7i": _INTEL_7,
    "c5": "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge",
    "c6i": _INTEL,
    "c6id": _INTEL,
    "c7i": _INTEL_7,
    "r5": _STANDARD,
    "r6i": _INTEL,
    "r6id": _INTEL,
    "r7i": _INTEL_7,
    "g4dn": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "g5": _ACCELERATED,
    "g6": _ACCELERATED,
    "g6e": _ACCELERATED,
    "g7e": "2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge",
    "p3": "2xlarge 8xlarge 16xlarge",
    "p3dn": "24xlarge",
    "p4d": "24xlarge",
    "p4de": "24xlarge",
    "p5": "4xlarge 48xlarge",
    "p5en": "48xlarge",
    "p6-b200": "48xlarge",
    "trn1": "2xlarge 32xlarge",
    "trn1n": "32xlarge",
    "geospatial": "interactive",
}

STUDIO_INSTANCES = tuple(f"ml.{family}.{size}" for family, sizes in _SIZES.items() for size in sizes.split())

_NEWER = ("m6i", "m6id", "m7i", "c6i", "c6id", "c7i", "r6i", "r6id", "r7i", "g6", "g6e", "g7e", "p5", "p5en", "p6-b200")
"""Families that CloudFormation's schema of AWS::SageMaker::Space does not know."""

SPACE_INSTANCES = tuple(each for each in STUDIO_INSTANCES if each.split(".")[1] not in _NEWER)
"""Those of them that CloudFormation takes as what a space starts with; a person can choose the others by hand."""
