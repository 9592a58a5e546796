"""The resources of a request, as the Service Authorization Reference lists them for its action.

An action that needs no resource, as most List actions, has none here: its
policies name `*`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from local.iam import network

SAGEMAKER = {
    "App": "app/{DomainId}/{Owner}/{AppType}/{AppName}",
    "Domain": "domain/{DomainId}",
    "DataQualityJobDefinition": "data-quality-job-definition/{JobDefinitionName}",
    "ModelQualityJobDefinition": "model-quality-job-definition/{JobDefinitionName}",
    "ModelBiasJobDefinition": "model-bias-job-definition/{JobDefinitionName}",
    "ModelExplainabilityJobDefinition": "model-explainability-job-definition/{JobDefinitionName}",
    "Endpoint": "endpoint/{EndpointName}",
    "EndpointWeightsAndCapacities": "endpoint/{EndpointName}",
    "EndpointConfig": "endpoint-config/{EndpointConfigName}",
    "Experiment": "experiment/{ExperimentName}",
    "FeatureGroup": "feature-group/{FeatureGroupName}",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
    "Image": "image/{ImageName}",
    "ImageVersion": "image/{ImageName}",
    "MlflowTrackingServer": "mlflow-tracking-server/{TrackingServerName}",
    "Model": "model/{ModelName}",
    "ModelCard": "model-card/{ModelCardName}",
    "ModelPackage": "model-package/{ModelPackageGroupName}/*",
    "ModelPackageGroup": "model-package-group/{ModelPackageGroupName}",
    "ModelPackageGroupPolicy": "model-package-group/{ModelPackageGroupName}",
    "MonitoringSchedule": "monitoring-schedule/{MonitoringScheduleName}",
    "NotebookInstance": "notebook-instance/{NotebookInstanceName}",
    "NotebookInstanceLifecycleConfig": "notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}",
    "Pipeline": "pipeline/{PipelineName}",
    "PipelineExecution": "pipeline/{PipelineName}",
    "PipelineExecutions": "pipeline/{PipelineName}",
    "PipelineVersions": "pipeline/{PipelineName}",
    "ProcessingJob": "processing-job/{ProcessingJobName}",
    "Project": "project/{ProjectName}",
    "Space": "space/{DomainId}/{SpaceName}",
    "StudioLifecycleConfig": "studio-lifecycle-config/{StudioLifecycleConfigName}",
    "TrainingJob": "training-job/{TrainingJobName}",
    "TrainingJobsForHyperParameterTuningJob": "hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
    "TransformJob": "transform-job/{TransformJobName}",
    "Trial": "experiment-trial/{TrialName}",
    "TrialComponent": "experiment-trial-component/{TrialComponentName}",
    "UserProfile": "user-profile/{DomainId}/{UserProfileName}",
    "PresignedDomainUrl": "user-profile/{DomainId}/{UserProfileName}",
}
"""What follows the verb in an operation's name -> the end of its ARN, from members of the request."""

_GIVEN = (
    "Arn",
    "ResourceArn",
    "ResourceIdentifier",
    "PipelineExecutionArn",
    "ModelPackageArn",
    "ModelPackageName",
    "PipelineName",
)
"""Members that may hold the resource's whole ARN."""

_OPERATION = re.compile(r"[A-Z][a-z]+((?:[A-Z].*)?)")
_RECORDS = re.compile(r"/FeatureGroup/([^/]+)(?:/.*)?")
_VAULT = re.compile(r"/backup-vaults/([^/]+)/recovery-points/?(.+)?")
_INVOCATION = re.compile(r"/endpoints/([^/]+)/(?:async-)?invocations.*")


def arns(
    service: str, path: str, target: str, body: bytes, query: Mapping[str, list[str]], region: str, account: str
) -> list[str]:
    """Every ARN that the caller must be granted the action on; empty for services that ministack knows itself."""
    operation = target.rpartition(".")[2]
    base = f"arn:aws:{service}:{region}:{account}:"
    if service == "sagemaker":
        if match := _INVOCATION.fullmatch(path):
            return [f"{base}endpoint/{match[1]}"]
        if groups := _feature_groups(path, members(body)):
            return [f"{base}feature-group/{group}" for group in groups]
        return _sagemaker(operation, members(body), base)
    if service == "budgets":
        which = members(body)
        name = which.get("BudgetName") or (which.get("Budget") or which.get("NewBudget") or {}).get("BudgetName", "*")
        return [f"arn:aws:budgets::{account}:budget/{name}"]
    if service == "servicequotas":
        quota = "{ServiceCode}/{QuotaCode}".format_map(defaultdict(str, members(body)))
        return [base + quota] if operation.startswith("Request") else ["*"]
    if service == "scheduler" and (schedule := re.fullmatch(r"/schedules/([^/]+)", path)):
        group = members(body).get("GroupName") or next(iter(query.get("groupName", [])), "default")
        return [f"{base}schedule/{group}/{schedule[1]}"]
    if service == "ssm" and operation == "GetParametersByPath":
        return [f"{base}parameter/{str(members(body).get('Path', '')).strip('/')}"]
    if service == "athena" and (query_id := members(body).get("QueryExecutionId")):
        from local.athena import workgroup_of

        return [f"{base}workgroup/{workgroup_of(str(query_id))}"]
    if service == "backup" and (in_vault := _VAULT.fullmatch(path)):
        vault, point = in_vault.groups()
        return [unquote(point) if point else f"{base}backup-vault:{vault}"]
    if service in ("ec2", "elasticfilesystem"):
        return network.arns(service, path, body, query, base)
    if service in _SMALL:
        return _SMALL[service](members(body), region, account)
    if service == "codebuild":
        return [f"{base}project/{name}" for name in _projects(members(body))] or ["*"]
    if service == "application-autoscaling":
        return ["*"] if operation.startswith("Describe") else [f"{base}scalable-target/*"]
    return []


def _watching(request: dict[str, Any], region: str, account: str) -> list[str]:
    """CloudWatch's dashboards, which have no region, and its alarms."""
    if dashboard := request.get("DashboardName"):
        return [f"arn:aws:cloudwatch::{account}:dashboard/{dashboard}"]
    names = request.get("AlarmNames") or ()
    return [f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}" for name in names]


def _logs(request: dict[str, Any], region: str, account: str) -> list[str]:
    """One stream; what is about a whole group ministack knows itself."""
    group, stream = request.get("logGroupName"), request.get("logStreamName")
    return [f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"] if group and stream else []


def _tables(request: dict[str, Any], region: str, account: str) -> list[str]:
    """A table of the Glue catalog; AWS asks for its database and the catalog as well."""
    database = request.get("DatabaseName")
    table = request.get("Name") or request.get("TableName") or (request.get("TableInput") or {}).get("Name")
    return [f"arn:aws:glue:{region}:{account}:table/{database}/{table}"] if database and table else []


_SMALL = {"monitoring": _watching, "logs": _logs, "glue": _tables}


def _feature_groups(path: str, request: dict[str, Any]) -> list[str]:
    """Names of the groups whose records a request reads or writes; each may be given by its ARN."""
    if match := _RECORDS.fullmatch(path):
        groups = [unquote(match[1])]
    elif path in ("/BatchGetRecord", "/BatchWriteRecord"):
        listed = request.get("Identifiers") or request.get("Entries") or ()
        groups = [str(each.get("FeatureGroupName", "*")) for each in listed]
    else:
        return []
    return list(dict.fromkeys(group.rpartition("/")[2] for group in groups))


def _projects(request: dict[str, Any]) -> list[str]:
    """Names of the CodeBuild projects of a request; a build's id is that of its project and its own."""
    builds = [*(request.get("ids") or ()), *([request["id"]] if "id" in request else [])]
    named = [request.get("projectName"), request.get("name"), *(request.get("names") or ())]
    names = [*filter(None, named), *(str(build).rpartition("/")[2].partition(":")[0] for build in builds)]
    return list(dict.fromkeys(str(name).rpartition("/")[2] for name in names))


def members(body: bytes) -> dict[str, Any]:
    """The request's JSON object; empty where it is none, which the service itself will refuse."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sagemaker(operation: str, request: dict[str, Any], base: str) -> list[str]:
    if operation.endswith("App"):
        request = {**request, "Owner": request.get("UserProfileName") or request.get("SpaceName")}
    for member in _GIVEN:
        if str(request.get(member, "")).startswith("arn:"):
            return [request[member]]
    if operation.endswith("ModelPackage") and operation != "CreateModelPackage":
        return [f"{base}model-package/{request.get('ModelPackageName', '*')}"]
    match = _OPERATION.fullmatch(operation)
    found = [_filled(SAGEMAKER[match[1]], request, base)] if match and match[1] in SAGEMAKER else ["*"]
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        found.append(_filled(SAGEMAKER["EndpointConfig"], request, base))
    return found


def _filled(template: str, request: dict[str, Any], base: str) -> str:
    """The ARN; `*` stands for a member that is missing, and of a member that is an ARN itself only the name counts."""
    names = re.findall(r"\{(\w+)\}", template)
    given = {name: str(request.get(name) or "*").rpartition("/")[2] for name in names}
    return base + template.format(**given)
