"""What an hour of a SageMaker instance costs, in USD.

On-demand prices of US East (N. Virginia). They are ceilings for decisions, not a bill: prices change, see
https://aws.amazon.com/sagemaker/pricing/.

Checked against published prices of training jobs: m5, c5, r5, t3, g4dn, g5, g6, g6e, p3 and p4d. Prices of SageMaker
are EC2's with an addition of 15 to 40 %. For every other family the list is that of EC2
(https://aws.amazon.com/ec2/pricing/on-demand/) with 40 % on it, for those sold by capacity block alone (p5e, p5en,
p6, trn2) and for the newest (g7, g7e) a round number above what is known: nobody has checked these against a bill, they
are meant to be too high.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.instance_types import OFFERED

SIZES = {"medium": 0.5, "large": 1.0, "xlarge": 2.0, **{f"{count}xlarge": 2.0 * count for count in range(2, 97)}}
"""A size as a multiple of `large`: general families cost by it."""

_PER_LARGE = {
    "m5": 0.1152,
    "c5": 0.102,
    "r5": 0.1512,
    # EC2's price for `large`, and 40 %
    "m4": 0.1 * 1.4,
    "m5d": 0.113 * 1.4,
    "m6g": 0.077 * 1.4,
    "m6gd": 0.0904 * 1.4,
    "m6i": 0.096 * 1.4,
    "m6id": 0.1187 * 1.4,
    "m7i": 0.1008 * 1.4,
    "m7i-flex": 0.0958 * 1.4,
    "m8g": 0.0898 * 1.4,
    "m8i": 0.1059 * 1.4,
    "m8i-flex": 0.1006 * 1.4,
    "c4": 0.1 * 1.4,
    "c5d": 0.096 * 1.4,
    "c5n": 0.108 * 1.4,
    "c6g": 0.068 * 1.4,
    "c6gd": 0.0768 * 1.4,
    "c6gn": 0.0864 * 1.4,
    "c6i": 0.085 * 1.4,
    "c6id": 0.1008 * 1.4,
    "c6in": 0.1134 * 1.4,
    "c7g": 0.0725 * 1.4,
    "c7i": 0.0893 * 1.4,
    "c7i-flex": 0.0848 * 1.4,
    "c8g": 0.0798 * 1.4,
    "c8i": 0.0938 * 1.4,
    "c8i-flex": 0.0891 * 1.4,
    "r5d": 0.144 * 1.4,
    "r6g": 0.1008 * 1.4,
    "r6gd": 0.1152 * 1.4,
    "r6i": 0.126 * 1.4,
    "r6id": 0.1512 * 1.4,
    "r7gd": 0.1361 * 1.4,
    "r7i": 0.1323 * 1.4,
    "r8g": 0.1178 * 1.4,
    "r8i": 0.1389 * 1.4,
    "r8i-flex": 0.132 * 1.4,
}
_BY_SIZE = {
    "t2": {"medium": 0.065, "large": 0.13, "xlarge": 0.26, "2xlarge": 0.52},
    "t3": {"micro": 0.015, "small": 0.03, "medium": 0.05, "large": 0.1, "xlarge": 0.2, "2xlarge": 0.399},
    "g4dn": {
        "xlarge": 0.7364,
        "2xlarge": 0.94,
        "4xlarge": 1.505,
        "8xlarge": 2.72,
        "12xlarge": 4.89,
        "16xlarge": 5.44,
    },
    "g5": {
        "xlarge": 1.408,
        "2xlarge": 1.515,
        "4xlarge": 2.03,
        "8xlarge": 3.06,
        "12xlarge": 7.09,
        "16xlarge": 5.12,
        "24xlarge": 10.18,
        "48xlarge": 20.36,
    },
    "g6": {
        "xlarge": 1.127,
        "2xlarge": 1.222,
        "4xlarge": 1.654,
        "8xlarge": 2.518,
        "12xlarge": 5.752,
        "16xlarge": 4.246,
        "24xlarge": 8.344,
        "48xlarge": 16.688,
    },
    "g6e": {
        "xlarge": 2.606,
        "2xlarge": 2.803,
        "4xlarge": 3.756,
        "8xlarge": 5.661,
        "12xlarge": 13.116,
        "16xlarge": 9.472,
        "24xlarge": 18.832,
        "48xlarge": 37.664,
    },
    "g7": {"2xlarge": 5.0, "4xlarge": 6.0, "8xlarge": 9.0, "12xlarge": 18.0, "24xlarge": 36.0, "48xlarge": 70.0},
    "g7e": {"2xlarge": 6.0, "4xlarge": 8.0, "8xlarge": 12.0, "12xlarge": 24.0, "24xlarge": 45.0, "48xlarge": 90.0},
    "p2": {"xlarge": 1.26, "8xlarge": 10.08, "16xlarge": 20.16},
    "p3": {"2xlarge": 3.825, "8xlarge": 14.688, "16xlarge": 28.152},
    "p3dn": {"24xlarge": 43.7},
    "p4d": {"24xlarge": 37.688},
    "p4de": {"24xlarge": 57.36},
    "p5": {"4xlarge": 17.2, "48xlarge": 137.7},
    "p5e": {"48xlarge": 150.0},
    "p5en": {"48xlarge": 150.0},
    "p6-b200": {"48xlarge": 200.0},
    "p6-b300": {"48xlarge": 300.0},
    "p6e-gb200": {"36xlarge": 800.0},
    "dl1": {"24xlarge": 18.36},
    "inf1": {"xlarge": 0.32, "2xlarge": 0.507, "6xlarge": 1.652, "24xlarge": 6.61},
    "inf2": {"xlarge": 1.062, "8xlarge": 2.756, "24xlarge": 9.087, "48xlarge": 18.174},
    "trn1": {"2xlarge": 1.882, "32xlarge": 30.1},
    "trn1n": {"32xlarge": 34.7},
    "trn2": {"48xlarge": 100.0},
}


def _prices(types: Iterable[str]) -> dict[str, float]:
    prices = {}
    for name in types:
        _, family, size = name.split(".")
        price = _BY_SIZE[family][size] if family in _BY_SIZE else _PER_LARGE[family] * SIZES[size]
        prices[name] = round(price, 3)
    return prices


USD_PER_HOUR = _prices(sorted(frozenset().union(*OFFERED.values())))
"""Of every type that SageMaker offers for jobs, endpoints or notebook instances."""
