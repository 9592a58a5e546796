"""SageMaker Projects: the template that members start a model's repository from, and what such a repository knows.

infra writes the template and one settings record a model; `lambdas/projects` puts them, with the seed code, where
Studio and members find them; the seed code reads the settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

RESOURCE_TYPE = "Custom::HomeostatProjectFiles"
TEMPLATES, SEEDS, SOURCES = "templates/", "seeds/", "sources/"
"""Prefixes in the projects bucket: of templates, of seed code (one archive a model), and of what members bring."""
TEMPLATE = f"{TEMPLATES}model-repository.yaml"
VISIBLE_TAG = ("sagemaker:studio-visibility", "true")
"""An object that carries it is shown in Studio as a template."""
LOCATION_TAG = "sagemaker:projectS3TemplatesLocation"
"""A domain that carries it shows the templates at its value, an S3 prefix."""
SETTINGS_FILE = "homeostat.json"
"""In the seed code."""
PROJECT_VARIABLE, MODEL_VARIABLE = "HOMEOSTAT_PROJECT", "HOMEOSTAT_MODEL"
"""Of a project's build."""


def build_of(project: str) -> str:
    """CodeBuild project of a SageMaker project; the same as `TeamNames.project_build`.

    >>> build_of("risk-dev-churn-code")
    'risk-dev-churn-code-build'
    """
    return f"{project}-build"


def seed_key(model: str) -> str:
    return f"{SEEDS}{model}.zip"


def source_key(project: str) -> str:
    """
    >>> source_key("churn-code")
    'sources/churn-code.zip'
    """
    return f"{SOURCES}{project}.zip"


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """What the code of one model's repository knows of the team's environment."""

    model: str
    label: str
    features: Mapping[str, str]
    """Feature -> its kind, in the model's order: numeric, categorical, boolean, text, or `embedding 64`."""
    region: str
    data_bucket: str
    labelled_prefix: str
    """In the data bucket: labelled rows, CSV with a header."""
    pipeline: str
    projects_bucket: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """What lies in the projects bucket for members to start from: properties of the custom resource."""

    bucket: str
    template: str
    """CloudFormation template as text."""
    seed_bucket: str
    """Of the archive with the seed code, the same for every model."""
    seed_key: str
    settings: Mapping[str, str]
    """Model -> its `RepositorySettings` as JSON."""

    def properties(self) -> dict[str, Any]:
        return {name.title().replace("_", ""): value for name, value in asdict(self).items()}

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> Self:
        """Raises LookupError where a property is missing.

        >>> files = ProjectFiles("projects", "{}", "assets", "seed.zip", {"churn": "{}"})
        >>> ProjectFiles.parse(files.properties()) == files
        True
        """
        return cls(
            properties["Bucket"],
            properties["Template"],
            properties["SeedBucket"],
            properties["SeedKey"],
            dict(properties["Settings"]),
        )

    @property
    def keys(self) -> set[str]:
        """Of the objects that these are."""
        return {TEMPLATE, *(seed_key(model) for model in self.settings)}
