"""The domain and its images in SageMaker, and the container images in ECR."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from lambdas.calls import Calls
from lambdas.domain.ports import Change, Standing, Version
from lambdas.failures import NotThere, Refused

PAUSE_S = 1.0
PAGES = 10
"""Of 100 images; the repositories keep fewer than that."""


class SageMakerDomains:
    """`lambdas.domain.ports.Domains`. Waiting ends with the function's time: `Calls` refuses a call that could
    outlast it."""

    def __init__(self, calls: Calls, sagemaker: Any, ecr: Any, pause: Callable[[float], None]) -> None:
        self._calls, self._sagemaker, self._ecr, self._pause = calls, sagemaker, ecr, pause

    def standing(self, domain: str) -> Standing | None:
        try:
            answer = self._settled(domain)
        except NotThere:
            return None
        if answer["Status"] in ("Deleting", "Delete_Failed", "Failed"):
            return None
        return Standing(answer.get("DefaultUserSettings", {}), answer.get("DefaultSpaceSettings", {}))

    def update(self, domain: str, change: Change) -> None:
        parts = {"DefaultUserSettings": change.user, "DefaultSpaceSettings": change.space}
        request = {name: part for name, part in parts.items() if part}
        self._calls.ask(self._sagemaker.update_domain, DomainId=domain, **request)
        answer = self._settled(domain)
        if answer["Status"] != "InService":
            raise Refused(answer["Status"], answer.get("FailureReason", "the domain does not say why"))

    def newest_image(self, repository: str) -> str | None:
        request: dict[str, Any] = {"repositoryName": repository, "filter": {"tagStatus": "TAGGED"}}
        found: list[dict[str, Any]] = []
        for _ in range(PAGES):
            try:
                answer = self._calls.ask(self._ecr.describe_images, **request)
            except Refused as refusal:
                if refusal.code != "RepositoryNotFoundException":
                    raise
                return None
            found += answer["imageDetails"]
            if (token := answer.get("nextToken")) is None:
                break
            request["nextToken"] = token
        if not found:
            return None
        newest = max(found, key=lambda image: image["imagePushedAt"])
        registry = f"{newest['registryId']}.dkr.ecr.{self._ecr.meta.region_name}.amazonaws.com"
        return f"{registry}/{repository}@{newest['imageDigest']}"

    def version(self, image: str) -> Version | None:
        while True:
            try:
                answer = self._calls.ask(self._sagemaker.describe_image_version, ImageName=image)
            except NotThere:
                return None
            if answer["ImageVersionStatus"] not in ("CREATING", "DELETING"):
                break
            self._pause(PAUSE_S)
        return Version(
            number=answer["Version"],
            base=answer["BaseImage"],
            status=answer["ImageVersionStatus"],
            failure=answer.get("FailureReason", ""),
        )

    def make_version(self, image: str, base: str, after: int) -> None:
        token = hashlib.sha256(f"{image} {base} {after}".encode()).hexdigest()[:36]
        self._calls.ask(self._sagemaker.create_image_version, ImageName=image, BaseImage=base, ClientToken=token)

    def _settled(self, domain: str) -> dict[str, Any]:
        """The domain as soon as nothing changes it any more."""
        while True:
            answer = self._calls.ask(self._sagemaker.describe_domain, DomainId=domain)
            if answer["Status"] not in ("Pending", "Updating"):
                return answer
            self._pause(PAUSE_S)
