"""The service put together: projects, and their builds."""

from __future__ import annotations

from local.codebuild.builds import Builds
from local.codebuild.projects import Projects
from local.service import Service


class CodeBuild(Service):
    def __init__(self) -> None:
        self.projects = Projects()
        self.builds = Builds(self.projects)
        super().__init__("codebuild", [self.projects, self.builds])
