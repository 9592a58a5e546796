"""Bring this folder to a project and follow its build: `python push.py <name of the project>`."""

import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import boto3
import settings

HERE = Path(__file__).parent
PAUSE_S = float(os.environ.get("HOMEOSTAT_PAUSE_S", "15"))
LEFT_OUT = {".git", ".venv", "__pycache__"}


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("say which project: python push.py <name of the project>")
    project, told = sys.argv[1], settings.read()
    names = [path.relative_to(HERE).as_posix() for path in files()]
    boto3.client("s3", region_name=told["region"]).put_object(
        Bucket=told["projects_bucket"], Key=f"sources/{project}.zip", Body=packed(names)
    )
    print(f"sent {len(names)} files to s3://{told['projects_bucket']}/sources/{project}.zip", flush=True)
    codebuild = boto3.client("codebuild", region_name=told["region"])
    build = codebuild.start_build(projectName=f"{project}-build")["build"]
    print(f"started {build['id']}; its log: {build['logs']['groupName']}", flush=True)
    while not build["buildComplete"]:
        time.sleep(PAUSE_S)
        [build] = codebuild.batch_get_builds(ids=[build["id"]])["builds"]
    for phase in build["phases"]:
        for context in phase.get("contexts", ()):
            print(f"{phase['phaseType']}: {context.get('message', '')}")
    print(f"{build['id']}: {build['buildStatus']}")
    return 0 if build["buildStatus"] == "SUCCEEDED" else 1


def files() -> list[Path]:
    """What Git knows and does not ignore; where there is no Git, everything but what nobody would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout.split("\0")
        found = [HERE / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in HERE.rglob("*") if not LEFT_OUT.intersection(path.parts)]
    return sorted(path for path in found if path.is_file())


def packed(names: list[str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name in names:
            target.write(HERE / name, name)
    return archive.getvalue()


if __name__ == "__main__":
    sys.exit(main())
