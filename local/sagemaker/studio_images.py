"""SageMaker images: their versions, which are made of container images in ECR, and where they are attached."""

from __future__ import annotations

import re
from typing import Any

from ministack.services import ecr

from local.sagemaker.kinds import IN_USE, INVALID, MISSING
from local.sagemaker.resources import Request, Resources
from local.sagemaker.settings import images, scripts
from local.sagemaker.store import Record, Store
from local.sagemaker.studio_kinds import APP_IMAGE_CONFIG, DOMAIN, IMAGE, IMAGE_VERSION, PROFILE, SCRIPT
from local.service import ApiError

REGISTRY = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/(?P<repository>[^:@]+)(@(?P<digest>.+)|:(?P<tag>.+))"
)


class Images:
    """Their operations where a rule goes beyond keeping a record."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        for kind in (IMAGE, IMAGE_VERSION, APP_IMAGE_CONFIG):
            resources.add(kind)

    def delete_image(self, request: Request) -> None:
        """Its versions go with it; the container images stay."""
        image = self.store.get(IMAGE, request["ImageName"])
        for kind in (DOMAIN, PROFILE):
            for record in self.store.every(kind):
                if any(each["ImageName"] == image["ImageName"] for each in images(record)):
                    holder = record[kind.keys[-1]]
                    raise ApiError(IN_USE, f"Image {image['ImageName']} is attached to {kind.name} {holder}.")
        for version in self._versions(image["ImageName"]):
            self.store.remove(IMAGE_VERSION, version)
        self.resources.delete(IMAGE, request)

    def create_image_version(self, request: Request) -> Record:
        """Once for each token. Without a container image of that name the version fails, some time later."""
        image = self.store.get(IMAGE, request["ImageName"])
        if image["ImageStatus"] not in ("CREATED", "UPDATE_FAILED"):
            raise ApiError(INVALID, f"Image {request['ImageName']} is in an invalid state.")
        with self.store.changed:
            versions = self._versions(request["ImageName"])
            for version in versions:
                if version.get("ClientToken") == request.get("ClientToken"):
                    return version
            number = max((version["Version"] for version in versions), default=0) + 1
            given = {"Version": number, "ImageArn": image["ImageArn"], "ContainerImage": request["BaseImage"]}
            if why := _missing(request["BaseImage"]):
                self.resources.faults.fail(IMAGE_VERSION.name, "create", why)
            return self.resources.create(IMAGE_VERSION, {**request, **given})

    def describe_image_version(self, request: Request) -> Record:
        """By number, by alias, or the newest."""
        name, alias, number = request["ImageName"], request.get("Alias"), request.get("Version")
        versions = self._versions(name)
        if alias:
            versions = [record for record in versions if alias in record.get("Aliases", ())]
        if number is None and not versions:
            text = f"Latest ImageVersion with ImageName {name} does not exist. Please provide a valid ImageName."
            raise ApiError(MISSING, text)
        return self.store.get(
            IMAGE_VERSION, name, str(number if number is not None else max(each["Version"] for each in versions))
        )

    def delete_image_version(self, request: Request) -> None:
        self.resources.delete(IMAGE_VERSION, self.describe_image_version(request))

    def list_image_versions(self, request: Request) -> Request:
        self.store.get(IMAGE, request["ImageName"])
        return self.resources.list("ListImageVersions", IMAGE_VERSION, request)

    def _versions(self, image: str) -> list[Record]:
        return [record for record in self.store.every(IMAGE_VERSION) if record["ImageName"] == image]


def check_references(store: Store, settings: Any) -> None:
    """Settings name scripts, images and configurations that exist, and images that can be started."""
    for arn in scripts(settings):
        store.get(SCRIPT, arn)
    for image in images(settings):
        store.get(APP_IMAGE_CONFIG, image["AppImageConfigName"])
        name = store.get(IMAGE, image["ImageName"])["ImageName"]
        if not any(version["ImageName"] == name for version in store.every(IMAGE_VERSION)):
            raise ApiError(INVALID, f"Image {name} has no version.")


def _missing(base: str) -> str:
    """Why no version can be made of a container image; nothing where one can."""
    found = REGISTRY.fullmatch(base)
    if found is None:
        return f"{base} is no image in Amazon ECR."
    id = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"]}
    if found["repository"] in ecr._repositories and ecr._find_image(found["repository"], id):
        return ""
    return f"The image {base} does not exist in Amazon ECR."
