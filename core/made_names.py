"""Every name that a team environment, and each thing in it, gives to something in AWS, with the limit of its kind.

From the same `TeamNames` and `ModelNames` that make the resources. A test asks that no name of theirs is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from core import limits
from core.limits import Limit
from core.names import APP_INITIALS, BUCKETS, RUN_ID_LENGTH, TeamNames

Made = tuple[Limit, str]
PART = "x" * limits.LONGEST_PART
"""Stands for the longest role, function or stack of the platform's own."""


def of_environment(names: TeamNames, account: str, region: str) -> Iterator[Made]:
    yield from ((limits.BUCKET, names.bucket(purpose, account, region)) for purpose in BUCKETS)
    yield limits.STACK, names.stack(PART)
    yield limits.ROLE, names.role(PART)
    yield limits.FUNCTION, names.function(PART)
    yield limits.QUEUE, names.queue(PART)
    yield limits.QUEUE, names.dead_letters(PART)
    yield limits.LOG_GROUP, f"/aws/lambda/{names.function(PART)}"
    yield limits.ALARM, names.alarm(PART, PART)
    yield limits.DOMAIN, names.domain
    yield limits.LIFECYCLE, names.notebook_lifecycle
    yield from ((limits.LIFECYCLE, names.lifecycle_config(app, "0" * 8)) for app in APP_INITIALS)
    yield limits.BACKUP_VAULT, names.home_vault
    yield limits.KEY_ALIAS, names.key_alias
    yield limits.BUILD, names.image_build
    yield limits.DATABASE, names.database
    yield limits.WORKGROUP, names.workgroup
    yield limits.MLFLOW, names.mlflow
    yield limits.PARAMETER, names.mlflow_parameter
    yield limits.PARAMETER, names.quotas_parameter
    yield limits.TABLE, names.ledger
    yield limits.TOPIC, names.topic
    yield limits.TOPIC, names.budget_topic
    yield limits.DASHBOARD, names.dashboard
    yield limits.BUDGET, names.prefix


def of_model(names: TeamNames, model: str) -> Iterator[Made]:
    made = names.model(model)
    yield limits.ENDPOINT, made.endpoint
    yield limits.PACKAGE_GROUP, made.package_group
    yield limits.PIPELINE, made.pipeline
    yield limits.SCHEDULE, made.monitor
    yield limits.SCHEDULE, made.retraining
    yield limits.SCHEDULE, made.batch
    yield limits.MONITORING_SCHEDULE, made.managed_monitor("DataQuality")
    yield limits.JOB, made.monitor_runs + "0" * RUN_ID_LENGTH
    yield limits.JOB, made.batch_jobs + "0" * RUN_ID_LENGTH
    yield limits.ALARM, made.alarm(PART)
    yield limits.DASHBOARD, made.dashboard
    yield limits.PARAMETER, made.policy_parameter
    yield limits.PARAMETER, made.standing_parameter


def of_image(names: TeamNames, image: str) -> Iterator[Made]:
    yield limits.REPOSITORY, names.repository(image)
    yield limits.IMAGE, names.studio_image(image)
    yield from ((limits.APP_IMAGE_CONFIG, names.app_image_config(image, app)) for app in APP_INITIALS)


def of_notebook(names: TeamNames, notebook: str) -> Iterator[Made]:
    yield limits.NOTEBOOK, names.notebook(notebook)


def of_feature_group(names: TeamNames, group: str) -> Iterator[Made]:
    yield limits.FEATURE_GROUP, names.feature_group(group)
    yield limits.DATABASE, names.table(group)


def of_project(names: TeamNames, project: str) -> Iterator[Made]:
    """A project that a member starts."""
    yield limits.PROJECT, names.project(project)
    yield limits.BUILD, names.project_build(project)
