"""What Amazon ECR tells the world: an event for every image that was pushed.

An extension as `local.extensions` describes it. ministack keeps the images, by the API and by the registry's protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ecr

from core.contracts.events import ImagePushed
from local import clock
from local.events import emit

HOOKS = ("ministack.services.ecr:_put_image _v2_put_manifest _find_image _image_digest",)


def install() -> None:
    put_image, put_manifest = ecr._put_image, ecr._v2_put_manifest

    def by_api(request: Mapping[str, Any]) -> Any:
        answer = put_image(request)
        if answer[0] < 300:
            digest = request.get("imageDigest") or ecr._image_digest(request.get("imageManifest", ""))
            _pushed(request["repositoryName"], digest, request.get("imageTag"))
        return answer

    def by_protocol(name: str, reference: str, headers: Mapping[str, str], body: bytes) -> Any:
        answer = put_manifest(name, reference, headers, body)
        if answer[0] < 300:
            tag = None if reference.startswith("sha256:") else reference
            _pushed(name, answer[1]["Docker-Content-Digest"], tag)
        return answer

    ecr._put_image, ecr._v2_put_manifest = by_api, by_protocol


def _pushed(repository: str, digest: str, tag: str | None) -> None:
    image = ecr._find_image(repository, {"imageDigest": digest})
    image["imagePushedAt"] = clock.epoch()  # simulated time, and finer than the seconds that ministack keeps
    detail = {"result": "SUCCESS", "repository-name": repository, "image-digest": digest, "action-type": "PUSH"}
    emit(ImagePushed.SOURCE, ImagePushed.DETAIL_TYPE, {**detail, "image-tag": tag} if tag else detail)
