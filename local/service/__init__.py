"""An AWS service answered from botocore's own service model: validation, dispatch and the wire format of json-1.x."""

from local.service.errors import ApiError
from local.service.service import Service
from local.service.shapes import coerce, shape_output

__all__ = ["ApiError", "Service", "coerce", "shape_output"]
