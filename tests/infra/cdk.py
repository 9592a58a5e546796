"""`cdk deploy` and `cdk destroy` of team files against the embedded AWS, as a platform engineer runs them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from demo.toolchain import BIN, CDK, Toolchain
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws


@dataclass
class Platform:
    """Team files in `teams`, and where their environments stand."""

    aws: EmbeddedAws
    folder: Path

    @property
    def teams(self) -> Path:
        return self.folder / "teams"

    def bootstrap(self) -> None:
        Toolchain(self.folder / "logs", self.folder / "out").bootstrap(self.aws.environment(), ACCOUNT, REGION)

    def deploy(self, *stacks: str) -> None:
        """The stacks and all that they need, from the team files as they are now."""
        self._synth()
        self._cdk("deploy", *stacks, "--require-approval", "never", "--method", "direct", "--concurrency", "4")

    def destroy(self, *stacks: str) -> None:
        self._cdk("destroy", *stacks, "--force")

    def _synth(self) -> None:
        context = {"teams": str(self.teams), "destroy-data": "true"}
        Toolchain(self.folder / "logs", self.folder / "out").synth(ACCOUNT, context)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A run of `cdk` that is not waited for, in a process group of its own."""
        command, settings = self._run(*arguments)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.folder, env=settings, start_new_session=True, text=True, **quiet)

    def _cdk(self, *arguments: str) -> None:
        command, settings = self._run(*arguments)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]

    def _run(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """The command and its environment."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        path = f"{BIN}{os.pathsep}{own.get('PATH', '')}"
        settings = {**own, **self.aws.environment(), "PATH": path, "CI": "true", "NO_COLOR": "1"}
        return [str(CDK), *arguments, "--app", str(self.folder / "out")], settings
