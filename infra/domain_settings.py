"""The function that sets what CloudFormation cannot set on the domain, and what makes it run."""

from __future__ import annotations

import hashlib
import json

from constructs import Construct

from core.contracts import domain_settings as wire
from infra.canvas import canvas_settings
from infra.custom_images import CustomImages
from infra.custom_resource import CustomResourceFunction
from infra.domain import Domain
from infra.image_pushes import ImagePushes
from infra.part import Part
from infra.statements import Statement, allow
from infra.studio_setup import StudioSetup
from infra.template import Resource

NAME = "domain"
TIMEOUT_S = 600
"""A domain that is being changed is ready within minutes."""


class DomainSettings(Part):
    """Canvas, images of the team's own, scripts at the start; without any of these there is no function.

    CloudFormation may take such settings back whenever it changes the domain, so the resource carries a fingerprint of
    the domain's own settings: it is updated, after the domain, whenever the domain is.
    """

    def __init__(
        self, scope: Construct, id: str, domain: Domain, *, setup: StudioSetup, images: CustomImages, key_arn: str
    ) -> None:
        super().__init__(scope, id, domain.tenant)
        self._domain = domain
        canvas = canvas_settings(self.tenant, key_arn)
        self.resources: list[Resource] = []
        if canvas is None and not images.images and not setup.resources:
            return
        settings = wire.DomainSettings(domain.id, canvas, tuple(images.images), setup.members)
        function = CustomResourceFunction(
            self,
            "Function",
            self.tenant,
            name=NAME,
            key_arn=key_arn,
            variables={},
            grants=self._grants(),
            timeout_s=TIMEOUT_S,
        )
        properties = {**settings.properties(), "Fingerprint": self._fingerprint()}
        after = [*setup.resources, *images.resources]
        self.resources.append(function.resource("Settings", wire.RESOURCE_TYPE, properties, after=after))
        if images.images:
            ImagePushes(self, "Pushes", function, settings=settings, key_arn=key_arn)

    def _fingerprint(self) -> str:
        """Of what the template says, references included: the same text makes the same print."""
        said = json.dumps(self._domain.properties, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def _grants(self) -> list[Statement]:
        of, names = self.arns.of, self.names
        made = [names.studio_image(image) for image in self._images]
        images = [of("sagemaker", part) for name in made for part in (f"image/{name}", f"image-version/{name}/*")]
        repositories = [of("ecr", f"repository/{names.repository(image)}") for image in self._images]
        versions = ["CreateImageVersion", "DescribeImageVersion"]
        return [
            allow(["sagemaker:DescribeDomain", "sagemaker:UpdateDomain"], [self._domain.arn]),
            *([allow([f"sagemaker:{verb}" for verb in versions], images)] if self._images else []),
            *([allow(["ecr:DescribeImages"], repositories)] if self._images else []),
        ]

    @property
    def _images(self) -> tuple[str, ...]:
        return self.tenant.team.studio.images
