"""Scripts that run whenever a Studio application starts."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from constructs import Construct

from infra.custom_images import APPS
from infra.part import Part
from infra.tenant import Tenant


class StudioSetup(Part):
    """A lifecycle configuration for each kind of application that the team has a script for.

    They are built-in ones: SageMaker runs the domain's current script at every start, whatever a member has chosen
    for the space. A configuration cannot be changed once it is there, so its name carries its content: a new script is
    a new configuration, and the old one goes when the domain no longer names it.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        self.resources = [self._configuration(app, script) for app, script in sorted(tenant.team.studio.setup.items())]

    def settings(self, app: str) -> dict[str, Any]:
        """What the domain's settings of an application say of it."""
        script = self.tenant.team.studio.setup.get(app)  # type: ignore[call-overload]
        if script is None:
            return {}
        name = self.names.lifecycle_config(app, self._digest(script))
        return {"BuiltInLifecycleConfigArn": self.arns.of("sagemaker", f"studio-lifecycle-config/{name}")}

    @property
    def members(self) -> tuple[str, ...]:
        """The domain's settings of the applications that have a script."""
        return tuple(APPS[app][0] for app in sorted(self.tenant.team.studio.setup))

    def _digest(self, script: str) -> str:
        """Of all that cannot be changed once it is there: the script, and the tags."""
        return hashlib.sha256(json.dumps([script, self.tenant.tags]).encode()).hexdigest()

    def _configuration(self, app: str, script: str) -> Any:
        content = base64.b64encode(script.encode()).decode()
        return self.add(
            f"{app}Script",
            "AWS::SageMaker::StudioLifecycleConfig",
            {
                "StudioLifecycleConfigName": self.names.lifecycle_config(app, self._digest(script)),
                "StudioLifecycleConfigAppType": app,
                "StudioLifecycleConfigContent": content,
            },
        )
