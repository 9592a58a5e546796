"""Which instance types have disks of their own: their hardware encrypts those, and SageMaker refuses a key for them.

"You can't request a VolumeKmsKeyId when using an instance type with local storage" (SageMaker API reference,
ResourceConfig; ProcessingClusterConfig and CreateEndpointConfig say the same).
"""

from __future__ import annotations

import re

LOCAL_STORAGE = re.compile(r"ml\.([a-z]+\d+[a-z]*d[a-z]*|g[4-9][a-z]*|p[45][a-z]*|trn\d[a-z]*)\..+")
"""Families with a d behind their generation, and accelerated ones that always have disks."""


def has_local_storage(instance_type: str) -> bool:
    """Whether a request for this type must come without a key for its volume.

    >>> [has_local_storage(f"ml.{family}.xlarge") for family in ("m5", "m5d", "c6gd", "g5", "g4dn", "inf2", "p3dn")]
    [False, True, True, True, True, False, True]
    """
    return LOCAL_STORAGE.fullmatch(instance_type) is not None
