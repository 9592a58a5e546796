"""docs/access.md, made from the table in core/access.py that tests/access tries out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

from core.access import ABILITIES, PERSONAS, Ability
from tools.generated import ROOT, keep

PAGE = ROOT / "docs" / "access.md"

HEAD = """\
# Who may do what

A member of a team has one role (`members[].role` in the team file), and works with it in Studio. These tables say what
each role may do with what is its own team's: data, jobs, models and the rest. With what is another team's nobody may do
any of it, in the same account or in another one.

The tables are made from `core/access.py` by `make docs`. `tests/access` deploys two teams into one account of the
embedded AWS, with IAM enforced, and makes every one of these calls as a member of each role, in the own team and in the
other one: each is let through or refused as the table says, and a refusal names the action.

"""
TAIL = """\
## What stands behind it

Three layers, each of which is enough against most mistakes in the others:

1. **Grants** (`infra/persona_roles.py`, `infra/job_roles.py`): named actions on names with the team's prefix. What
   SageMaker names by itself is known by the tag `homeostat`; executions of pipelines, which have no tags, by the
   pipeline's name. A wildcard that several roles are granted stands once, in a policy that they share
   (`infra/shared_grants.py`), beside the roles for which it holds.
2. **The boundary** of every role of the team (`infra/boundary.py`): it allows everything and then denies. The ceiling
   (`infra/ceiling.py`) denies each action that it does not name, and the named ones outside of what is the team's own:
   its use is left, and nothing that could open a bucket, a key or a role to others. The walls (`infra/walls.py`) deny
   jobs and models outside of the team's subnets and security group, what is made without the team's tag, any change of
   that tag, and whatever carries another team's.
3. **Guard rails** (`infra/guard_rails.py`), carried by every role that may start something: the team's key on disks and
   outputs, network isolation, encrypted traffic between machines, no shell into a job or a space, the allowed instance
   types, a time limit on every job; approval by approvers only.

Give keys by their ARN: an alias or an id does not pass. Instance types with disks of their own (as `ml.g5.*`) come
without a key for the volume, because SageMaker refuses one there and the hardware encrypts those disks.

Processing jobs are not isolated from the network: they read their inputs from S3 by themselves. They run in the team's
subnets, which without NAT reach AWS's own endpoints and nothing else. Training jobs and models are isolated.

## How people get in

With `studio.auth: SSO` members open Studio in IAM Identity Center's portal. With `IAM`, attach the policy
`<team>-<environment>-sign-in` to the person's IAM user, which must be called like the member, or to the role of a
federated session that has the member's name in the tag `homeostat-member`. It opens that one profile, from inside the
VPC or from the address ranges in `studio.open_from`, and nothing else.

A member's role can be assumed by SageMaker alone. In Studio, SageMaker says with every request whose profile it comes
from: so a member reaches the own spaces and applications, and those that are shared, in the own team's domain.

## What AWS leaves open

* Lists (`ListTrainingJobs` and so on) show the names of all teams in an account. Nothing can limit that.
* SageMaker names the jobs of pipelines after the execution, and their log streams too: an ML engineer can read those
  logs of all teams in the account. Teams that must not see each other's logs live in accounts of their own.
* Metrics of an account have no owners: whoever may read metrics reads those of all teams in it.

## For the organisation

`make scp` writes `build/scp.json`: a service control policy for the accounts of all teams, to be attached in AWS
Organizations. In it are their regions and instance families; no domain outside of a VPC; CloudTrail stays on; no
policies of AWS's own that allow everything; and nobody but a deployment changes the policies above, or takes them off
a role.
"""


def main() -> int:
    return keep(__doc__, lambda: {PAGE: page()})


def page() -> str:
    return HEAD + "\n".join([*_tables(), ""]) + TAIL


def _tables() -> Iterator[str]:
    titles = " | ".join(persona.replace("-", " ") for persona in PERSONAS)
    for area, abilities in groupby(ABILITIES, key=lambda ability: ability.area):
        yield f"## {area}\n"
        yield f"| | {titles} | denied as |"
        yield "| --- |" + " :-: |" * len(PERSONAS) + " --- |"
        yield from map(_row, abilities)
        yield ""


def _row(ability: Ability) -> str:
    may = " | ".join("yes" if persona in ability.may else "–" for persona in PERSONAS)
    return f"| {ability.what} | {may} | `{ability.action}` |"


if __name__ == "__main__":
    sys.exit(main())
