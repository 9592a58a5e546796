"""All controls: predicates over templates, and what is met elsewhere."""

from __future__ import annotations

from infra.guard.batches import BATCHES
from infra.guard.control import Control, Elsewhere
from infra.guard.functions import FUNCTIONS
from infra.guard.grants import GRANTS
from infra.guard.jobs import JOBS
from infra.guard.messages import MESSAGES
from infra.guard.network import NETWORK
from infra.guard.serving import SERVING
from infra.guard.storage import STORAGE
from infra.guard.studio import STUDIO
from infra.guard.walls import WALLS
from infra.guard.watching import WATCHING

FAMILIES = ("SM", "IAM", "NET", "S3", "KMS", "EFS", "ECR", "L", "MSG", "DB", "CW", "SFN", "COST", "SC")


def _place(id: str) -> tuple[int, int]:
    family, number = id.rsplit("-", 1)
    return FAMILIES.index(family), int(number)


CONTROLS: tuple[Control, ...] = tuple(
    sorted(
        (*STUDIO, *JOBS, *SERVING, *GRANTS, *WALLS, *NETWORK, *STORAGE, *FUNCTIONS, *MESSAGES, *WATCHING, *BATCHES),
        key=lambda control: _place(control.id),
    )
)
"""Each is a predicate over the templates of one stage."""

ELSEWHERE = (
    Elsewhere(
        "IAM-15",
        "The organisation denies other regions, instance families, leaving the VPC and stopping CloudTrail",
        "org/account",
        ("infra/organisation.py", "tools/scp.py", "tests/access/test_organisation.py"),
        "A service control policy is made of the team files; whoever administers the organisation attaches it.",
    ),
    Elsewhere(
        "COST-02",
        "The cost of a retraining is checked before it starts",
        "handler test",
        ("core/remediation/decide.py", "tests/lambdas/test_remediate_limits.py"),
        "The decision refuses a start beyond the monthly budget or the starts of a day.",
    ),
    Elsewhere(
        "SC-01",
        "Packages are locked with hashes and audited, and a bill of materials is kept",
        "CI/process",
        ("requirements.lock", "package-lock.json", "tools/scanners.lock", "tools/install.py"),
        "All installs demand hashes. An audit of known vulnerabilities and a bill of materials are not made yet.",
    ),
    Elsewhere(
        "SC-02",
        "Images are built from a digest and run without root",
        "CI/process",
        ("containers/Dockerfile",),
        "The base image is named by digest and the image has a user of its own. hadolint is not run.",
    ),
    Elsewhere("SC-03", "Images are signed and their provenance is verified", "CI/process"),
)
