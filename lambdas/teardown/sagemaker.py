"""Domains, and what runs in SageMaker in the team's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.names import TEAM_TAG, VARIANT, TeamNames
from lambdas.calls import Calls
from lambdas.failures import Conflicting, NotThere, Refused
from lambdas.listing import listed
from lambdas.teardown.ports import App, JobKind, Named

ENDED_APP = "Deleted"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
JOBS: dict[JobKind, tuple[str, str, str, str]] = {
    "training": ("list_training_jobs", "TrainingJobSummaries", "TrainingJob", "stop_training_job"),
    "processing": ("list_processing_jobs", "ProcessingJobSummaries", "ProcessingJob", "stop_processing_job"),
    "transform": ("list_transform_jobs", "TransformJobSummaries", "TransformJob", "stop_transform_job"),
    "tuning": (
        "list_hyper_parameter_tuning_jobs",
        "HyperParameterTuningJobSummaries",
        "HyperParameterTuningJob",
        "stop_hyper_parameter_tuning_job",
    ),
}
"""Operation that lists, member of its answer, prefix of a summary's members, operation that stops."""
RUNNING = ("InProgress", "Stopping")


class SageMakerDomains:
    """`lambdas.teardown.ports.Domains`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def exists(self, domain: str) -> bool:
        try:
            self._calls.ask(self._client.describe_domain, DomainId=domain)
        except NotThere:
            return False
        return True

    def apps(self, domain: str) -> tuple[App, ...]:
        found = self._listed(self._client.list_apps, "Apps", domain)
        return tuple(
            App(each["AppType"], each["AppName"], each.get("UserProfileName"), each.get("SpaceName"), each["Status"])
            for each in found
            if each["Status"] != ENDED_APP
        )

    def spaces(self, domain: str) -> tuple[Named, ...]:
        found = self._listed(self._client.list_spaces, "Spaces", domain)
        return tuple(Named("space", each["SpaceName"], each["Status"], _owner(each)) for each in found)

    def profiles(self, domain: str) -> tuple[Named, ...]:
        found = self._listed(self._client.list_user_profiles, "UserProfiles", domain)
        return tuple(Named("user profile", each["UserProfileName"], each["Status"]) for each in found)

    def delete_app(self, domain: str, app: App) -> None:
        owner = {"SpaceName": app.space} if app.space else {"UserProfileName": app.profile}
        which = {"DomainId": domain, "AppType": app.kind, "AppName": app.name, **owner}
        gone(self._calls, self._client.delete_app, **which)

    def delete_space(self, domain: str, name: str) -> None:
        gone(self._calls, self._client.delete_space, DomainId=domain, SpaceName=name)

    def delete_profile(self, domain: str, name: str) -> None:
        gone(self._calls, self._client.delete_user_profile, DomainId=domain, UserProfileName=name)

    def _listed(self, operation: Callable[..., Any], member: str, domain: str) -> list[dict[str, Any]]:
        """Nothing where the domain itself is gone."""
        try:
            return list(listed(self._calls, operation, member, DomainIdEquals=domain))
        except NotThere:
            return []


def _owner(space: Mapping[str, Any]) -> str:
    return str(space.get("OwnershipSettingsSummary", {}).get("OwnerUserProfileName", ""))


class SageMakerRuns:
    """`lambdas.teardown.ports.Runs`: by names where the platform gives them, by the team's tag where members do."""

    def __init__(self, calls: Calls, client: Any, scaling: Any, team: TeamNames) -> None:
        self._calls, self._client, self._scaling = calls, client, scaling
        self._prefix = f"{team.prefix}-"
        self._team = team.prefix

    def executions(self) -> tuple[Named, ...]:
        pipelines = self._own(self._client.list_pipelines, "PipelineSummaries", "PipelineName", "PipelineNamePrefix")
        found = (
            each
            for pipeline in pipelines
            for each in listed(
                self._calls,
                self._client.list_pipeline_executions,
                "PipelineExecutionSummaries",
                PipelineName=pipeline["PipelineName"],
            )
        )
        return tuple(
            Named("pipeline execution", each["PipelineExecutionArn"], each["PipelineExecutionStatus"])
            for each in found
            if each["PipelineExecutionStatus"] in ("Executing", "Stopping")
        )

    def stop_execution(self, arn: str) -> None:
        token = arn.rpartition("/")[2].rjust(32, "0")  # the same for each attempt
        gone(self._calls, self._client.stop_pipeline_execution, PipelineExecutionArn=arn, ClientRequestToken=token)

    def jobs(self) -> tuple[Named, ...]:
        return tuple(
            Named(kind, job[f"{word}Name"], job[f"{word}Status"])
            for kind, (operation, member, word, _) in JOBS.items()
            for status in RUNNING
            for job in listed(self._calls, getattr(self._client, operation), member, StatusEquals=status)
            if self._is_own(job[f"{word}Arn"])
        )

    def stop_job(self, job: Named) -> None:
        (kind,) = (kind for kind in JOBS if kind == job.kind)
        _, _, word, stop = JOBS[kind]
        gone(self._calls, getattr(self._client, stop), **{f"{word}Name": job.name})

    def endpoints(self) -> tuple[Named, ...]:
        found = self._own(self._client.list_endpoints, "Endpoints", "EndpointName", "NameContains")
        return tuple(Named("endpoint", each["EndpointName"], each["EndpointStatus"]) for each in found)

    def delete_endpoint(self, name: str) -> None:
        target = f"endpoint/{name}/variant/{VARIANT}"
        which = {"ServiceNamespace": "sagemaker", "ResourceId": target, "ScalableDimension": DIMENSION}
        gone(self._calls, self._scaling.deregister_scalable_target, **which)
        try:
            gone(self._calls, self._client.delete_endpoint, EndpointName=name)
        except Refused as refusal:
            if "cannot" not in str(refusal).lower():
                raise
            raise Conflicting(refusal.code, str(refusal)) from refusal  # it is being made or changed: SageMaker says so

    def configs(self) -> tuple[Named, ...]:
        client = self._client
        configs = self._own(client.list_endpoint_configs, "EndpointConfigs", "EndpointConfigName", "NameContains")
        models = self._own(client.list_models, "Models", "ModelName", "NameContains")
        return (
            *(Named("endpoint configuration", each["EndpointConfigName"]) for each in configs),
            *(Named("model", each["ModelName"]) for each in models),
        )

    def delete_config(self, config: Named) -> None:
        if config.kind == "model":
            gone(self._calls, self._client.delete_model, ModelName=config.name)
        else:
            gone(self._calls, self._client.delete_endpoint_config, EndpointConfigName=config.name)

    def packages(self) -> tuple[str, ...]:
        groups = self._own(
            self._client.list_model_package_groups,
            "ModelPackageGroupSummaryList",
            "ModelPackageGroupName",
            "NameContains",
        )
        return tuple(
            package["ModelPackageArn"]
            for group in groups
            for package in listed(
                self._calls,
                self._client.list_model_packages,
                "ModelPackageSummaryList",
                ModelPackageGroupName=group["ModelPackageGroupName"],
            )
        )

    def delete_package(self, arn: str) -> None:
        gone(self._calls, self._client.delete_model_package, ModelPackageName=arn)

    def _own(self, operation: Callable[..., Any], member: str, name: str, search: str) -> Iterator[dict[str, Any]]:
        """`search` takes no hyphen at its end and finds the middle of names as well: many of these are others'."""
        found = listed(self._calls, operation, member, **{search: self._team})
        return (each for each in found if each[name].startswith(self._prefix))

    def _is_own(self, arn: str) -> bool:
        try:
            tags = listed(self._calls, self._client.list_tags, "Tags", ResourceArn=arn)
            return any(tag["Key"] == TEAM_TAG and tag["Value"] == self._team for tag in tags)
        except NotThere:
            return False


def gone(calls: Calls, delete: Callable[..., Any], **which: Any) -> None:
    """Delete; what is gone already is as good as deleted."""
    try:
        calls.ask(delete, **which)
    except NotThere:
        return
