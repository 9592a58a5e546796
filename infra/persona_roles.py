"""What a member may do, by the member's role. `core/access.py` holds the same as a table that the tests try out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from constructs import Construct

from core.config.studio import Role as Persona
from infra import data_grants, grants, team_grants
from infra.job_roles import ALL, ARTIFACTS, SAGEMAKER
from infra.roles import Role
from infra.statements import Statement
from infra.studio_grants import use_studio
from infra.tenant import Tenant


def studio_role(scope: Construct, tenant: Tenant, key_arn: str, vpc: str) -> Role:
    """What a user profile without a role of its own falls back to: it can open Studio and look around."""
    statements = [*use_studio(tenant, vpc), *grants.use_key(key_arn)]
    return Role(scope, "StudioRole", tenant, kind="studio", service=SAGEMAKER, grants=statements)


def persona_role(
    scope: Construct, tenant: Tenant, key_arn: str, persona: Persona, *, vpc: str, more: Iterable[Statement] = ()
) -> Role:
    """`vpc`: id of the team's own; `more`: grants that only some teams need."""
    statements = [*use_studio(tenant, vpc), *grants.use_key(key_arn), *GRANTS[persona](tenant, key_arn), *more]
    id = "".join(part.capitalize() for part in persona.split("-"))
    return Role(scope, f"{id}Role", tenant, kind=persona, service=SAGEMAKER, grants=statements)


def _analyst(tenant: Tenant, key_arn: str) -> list[Statement]:
    """Reads reports and metrics, and asks questions of the offline data."""
    return [
        *grants.read(tenant, "reports", ALL),
        *team_grants.see_metrics(tenant),
        *team_grants.run_queries(tenant),
        *data_grants.query_data(tenant),
    ]


def _data_scientist(tenant: Tenant, key_arn: str) -> list[Statement]:
    """An analyst who also explores data, keeps features, runs jobs with the jobs' roles, and starts pipelines."""
    return [
        *_analyst(tenant, key_arn),
        *team_grants.explore_data(tenant),
        *grants.read(tenant, "models", ARTIFACTS),
        *team_grants.run_jobs(tenant, key_arn),
        *team_grants.run_pipelines(tenant),
        *team_grants.see_packages(tenant),
        *team_grants.use_features(tenant),
        *team_grants.use_experiments(tenant),
        *data_grants.keep_artifacts_of_runs(tenant),
        *data_grants.start_projects(tenant),
        *grants.pull_images(tenant),
    ]


def _ml_engineer(tenant: Tenant, key_arn: str) -> list[Statement]:
    """A data scientist who also reads captured requests and logs, calls endpoints, and repairs what got stuck."""
    return [
        *_data_scientist(tenant, key_arn),
        *grants.read(tenant, "capture", ALL),
        *team_grants.use_endpoints(tenant),
        *team_grants.transform(tenant),
        *team_grants.repair_pipelines(tenant),
        *team_grants.read_logs_of_jobs(tenant),
        *data_grants.build_images(tenant),
    ]


def _approver(tenant: Tenant, key_arn: str) -> list[Statement]:
    """An analyst who also says which package may be released. Nobody who trains may approve."""
    return [
        *_analyst(tenant, key_arn),
        *grants.read(tenant, "models", ARTIFACTS),
        *team_grants.see_packages(tenant),
        *team_grants.approve_packages(tenant),
    ]


GRANTS: dict[Persona, Callable[[Tenant, str], list[Statement]]] = {
    "data-scientist": _data_scientist,
    "ml-engineer": _ml_engineer,
    "approver": _approver,
    "analyst": _analyst,
}
