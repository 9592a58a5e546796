"""Puts the project template and the seed code of each model where Studio and the members find them.

Trigger: the custom resource `core.contracts.projects.RESOURCE_TYPE`.
Environment: none.

Calls:
    s3:GetObject                           the seed code among the deployment's assets
    s3:PutObject, PutObjectTagging         projects bucket, templates/ and seeds/
    s3:DeleteObject                        the same
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.contracts.projects import ProjectFiles
from lambdas.calls import Calls, client
from lambdas.custom_resource import Answer, Request, answer
from lambdas.projects.place import place
from lambdas.projects.ports import Files
from lambdas.projects.s3 import S3Files


def handler(event: Mapping[str, Any], context: Any) -> None:
    files = S3Files(Calls(context.get_remaining_time_in_millis), client("s3"))
    answer(event, context, lambda request: deployed(request, files))


def deployed(request: Request, files: Files) -> Answer:
    given = ProjectFiles.parse(request.properties)
    if request.kind == "Delete":
        place(None, given, files)
    else:
        before = ProjectFiles.parse(request.old_properties) if request.kind == "Update" else None
        place(given, before, files)
    return Answer(request.physical_id or f"{given.bucket}-files")
