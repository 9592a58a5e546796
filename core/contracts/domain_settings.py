"""What of a SageMaker domain CloudFormation cannot set: infra writes it, `lambdas/domain` carries it out.

CloudFormation's AWS::SageMaker::Domain has no settings of Canvas. It has custom images, but a version of one can only
be made of an image that was built, and nothing is built when an environment is deployed for the first time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

RESOURCE_TYPE = "Custom::HomeostatDomainSettings"
JUPYTER_LAB, CODE_EDITOR = "JupyterLabAppSettings", "CodeEditorAppSettings"
"""The two applications that start with images of the team, as members of the domain's settings."""


@dataclass(frozen=True, slots=True)
class StudioImage:
    """An image of the team that Studio's applications can be started with."""

    name: str
    """Of the SageMaker image."""
    repository: str
    """ECR repository of the container image."""
    configs: Mapping[str, str]
    """Application's settings (`JUPYTER_LAB`, `CODE_EDITOR`) -> name of the AppImageConfig."""


@dataclass(frozen=True, slots=True)
class CanvasSettings:
    """What members may do in SageMaker Canvas."""

    artifacts: str
    """S3 prefix of what Canvas writes."""
    key: str
    """ARN of the KMS key for that."""
    register: bool
    deploy: bool
    forecast: bool

    def members(self) -> dict[str, Any]:
        """`CanvasAppSettings` of the API. What the team has no grants for is off: Kendra, EMR Serverless."""
        return {
            "WorkspaceSettings": {"S3ArtifactPath": self.artifacts, "S3KmsKeyId": self.key},
            "ModelRegisterSettings": {"Status": _status(self.register)},
            "DirectDeploySettings": {"Status": _status(self.deploy)},
            "TimeSeriesForecastingSettings": {"Status": _status(self.forecast)},
            **_NEVER,
        }


@dataclass(frozen=True, slots=True)
class DomainSettings:
    """Properties of the custom resource; also the input that the rule of image pushes gives to the function."""

    domain: str
    canvas: CanvasSettings | None = None
    images: tuple[StudioImage, ...] = ()
    setup: tuple[str, ...] = ()
    """Applications (`JUPYTER_LAB`, `CODE_EDITOR`) that start with a script. The template names the script itself; what
    it no longer names, SageMaker keeps until it is told otherwise."""

    def properties(self) -> dict[str, Any]:
        canvas = {} if self.canvas is None else {"Canvas": _texts(self.canvas)}
        images = [
            {"Name": image.name, "Repository": image.repository, "Configs": dict(image.configs)}
            for image in self.images
        ]
        return {"DomainId": self.domain, **canvas, "Images": images, "Setup": list(self.setup)}

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> Self:
        """CloudFormation hands every value over as text. Raises ValueError where one is not what it should be."""
        try:
            canvas = properties.get("Canvas")
            return cls(
                domain=properties["DomainId"],
                canvas=None if canvas is None else _canvas(canvas),
                images=_images(properties.get("Images") or ()),
                setup=tuple(properties.get("Setup") or ()),
            )
        except (KeyError, TypeError) as fault:
            raise ValueError(f"the settings of a domain lack {fault}: {dict(properties)}") from None


NO_CANVAS: Mapping[str, Any] = {
    "ModelRegisterSettings": {"Status": "DISABLED"},
    "DirectDeploySettings": {"Status": "DISABLED"},
    "TimeSeriesForecastingSettings": {"Status": "DISABLED"},
}
"""UpdateDomain keeps what it is not given: settings are taken back by switching them off."""
_NEVER: Mapping[str, Any] = {
    "KendraSettings": {"Status": "DISABLED"},
    "EmrServerlessSettings": {"Status": "DISABLED"},
    "IdentityProviderOAuthSettings": [],
}


def _status(on: bool) -> str:
    return "ENABLED" if on else "DISABLED"


def _texts(canvas: CanvasSettings) -> dict[str, str]:
    return {
        "Artifacts": canvas.artifacts,
        "Key": canvas.key,
        "Register": _text(canvas.register),
        "Deploy": _text(canvas.deploy),
        "Forecast": _text(canvas.forecast),
    }


def _canvas(texts: Mapping[str, str]) -> CanvasSettings:
    register, deploy, forecast = (_bool(texts[name]) for name in ("Register", "Deploy", "Forecast"))
    return CanvasSettings(texts["Artifacts"], texts["Key"], register, deploy, forecast)


def _images(images: Sequence[Mapping[str, Any]]) -> tuple[StudioImage, ...]:
    return tuple(StudioImage(image["Name"], image["Repository"], dict(image["Configs"])) for image in images)


def _text(value: bool) -> str:
    return "true" if value else "false"


def _bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"found {text!r}; accepted: true, false")
    return text == "true"
