"""Images of the team's own that Studio's applications can be started with."""

from __future__ import annotations

from constructs import Construct

from core.config.strict import StudioApp
from core.contracts.domain_settings import CODE_EDITOR, JUPYTER_LAB, StudioImage
from core.names import TeamNames
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow
from infra.template import Resource
from infra.tenant import Tenant

APPS: dict[StudioApp, tuple[str, str]] = {
    "JupyterLab": (JUPYTER_LAB, "JupyterLabAppImageConfig"),
    "CodeEditor": (CODE_EDITOR, "CodeEditorAppImageConfig"),
}
"""Application -> its member in a domain's settings, its member in an AppImageConfig."""


class CustomImages(Part):
    """A SageMaker image for each, and how each application starts with it.

    Versions of them are not made here: a version needs a container image, and of that there is none before the
    environment is deployed and its images are built. `lambdas/domain` makes them when an image is pushed, and shows
    an image in the domain as soon as it has a version.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        self.images: list[StudioImage] = []
        self.resources: list[Resource] = []
        if tenant.team.studio.images:
            role = self._role()
            for name in tenant.team.studio.images:
                self._image(name, role)

    def _image(self, name: str, role: Role) -> None:
        image = self.add(
            f"Image{name}",
            "AWS::SageMaker::Image",
            {"ImageName": self.names.studio_image(name), "ImageDisplayName": name, "ImageRoleArn": role.arn},
            after=[role.resource],
        )
        self.resources.append(image)
        configs = {}
        for app, (settings, member) in APPS.items():
            config = self.names.app_image_config(name, app)
            # What runs in it can compute every other name from these, as the team's jobs do.
            known = {"TEAM": self.names.team, "ENVIRONMENT": self.names.environment}
            variables = [{"Key": key, "Value": value} for key, value in known.items()]
            start = {
                "AppImageConfigName": config,
                member: {"ContainerConfig": {"ContainerEnvironmentVariables": variables}},
            }
            self.resources.append(self.add(f"{app}With{name}", "AWS::SageMaker::AppImageConfig", start))
            configs[settings] = config
        self.images.append(StudioImage(self.names.studio_image(name), self.names.repository(name), configs))

    def _role(self) -> Role:
        """SageMaker reads the container image with it when a version is made."""
        look = ["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListImages"]
        statements = [*start_images(self.tenant), allow(look, _repositories(self.tenant))]
        return Role(self, "ImageRole", self.tenant, kind="image", service="sagemaker.amazonaws.com", grants=statements)


def start_images(tenant: Tenant) -> list[Statement]:
    """Pull the images: what a member's role needs to start an application with one."""
    if not tenant.team.studio.images:
        return []
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    look = ["sagemaker:DescribeImage", "sagemaker:DescribeImageVersion", "sagemaker:DescribeAppImageConfig"]
    of, names = tenant.arns.of, tenant.names
    ours = [of("sagemaker", part) for image in tenant.team.studio.images for part in _parts(names, image)]
    return [
        allow(pull, _repositories(tenant)),
        allow(["ecr:GetAuthorizationToken"], ["*"]),
        allow(look, ours),
    ]


def _parts(names: TeamNames, image: str) -> list[str]:
    name = names.studio_image(image)
    configs = [f"app-image-config/{names.app_image_config(image, app)}" for app in APPS]
    return [f"image/{name}", f"image-version/{name}/*", *configs]


def _repositories(tenant: Tenant) -> list[str]:
    names = [tenant.names.repository(image) for image in tenant.team.studio.images]
    return [tenant.arns.of("ecr", f"repository/{name}") for name in names]
