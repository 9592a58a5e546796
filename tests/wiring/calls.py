"""What each role's own code, or SageMaker in its name, asks of AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.contracts.environment import PromoteEnvironment
from core.contracts.policy_parts import part_names
from core.contracts.reports import labels_prefix
from core.names import TEAM_TAG
from lambdas.promote.handler import wire
from lambdas.promote.requests import config_request, model_request
from tests.wiring.access import keys_of
from tests.wiring.system import HANDLERS, System

Call = tuple[str, str, str, Mapping[str, Any]]
"""Kind of role, action, resource, context keys of the request."""
PASSED_TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}


def calls(system: System) -> Iterator[Call]:
    """What each role's own code, or SageMaker in its name, asks of AWS."""
    for kind, asked in _asked(system).items():
        for action, resource in asked:
            yield kind, action, resource, _context(system, kind, action)


def _context(system: System, kind: str, action: str) -> Mapping[str, Any]:
    """Condition keys of the request that is made: those of the very request, where it is one that makes something."""
    if action == "iam:PassRole":
        return PASSED_TO_SAGEMAKER
    if action.startswith("sagemaker:Create") or action == "sagemaker:AddTags":
        return keys_of(action, requests(system)[kind].get(action, {}))
    if kind in ("pipeline", "settle") and action.startswith("sagemaker:Describe"):
        return {f"aws:ResourceTag/{TEAM_TAG}": system.names.prefix}
    return {}


def requests(system: System) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Kind of role -> action -> what it asks for: the templates' and the code's own requests."""
    names = system.names.model(system.models[0].name)
    pipeline = system.deployed.one("AWS::SageMaker::Pipeline", PipelineName=names.pipeline)
    steps = {
        step["Name"]: step for step in _steps(json.loads(pipeline["PipelineDefinition"]["PipelineDefinitionBody"]))
    }
    schedule = system.deployed.one("AWS::Scheduler::Schedule", Name=names.monitor)
    told = system.deployed.one("AWS::Lambda::Function", FunctionName=system.names.function("promote"))
    wiring = wire(PromoteEnvironment.read(told["Environment"]["Variables"]))
    policy = system.models[0].policy(names, 1.0).release
    return {
        "pipeline": {
            "sagemaker:CreateTrainingJob": steps["Train"]["Arguments"],
            "sagemaker:CreateProcessingJob": steps["Gate"]["Arguments"],
            "sagemaker:CreateModelPackage": steps["Register"]["Arguments"],
        },
        "scheduler": {"sagemaker:CreateProcessingJob": json.loads(schedule["Target"]["Input"])},
        "promote": {
            "sagemaker:CreateModel": model_request("v1", "arn:aws:sagemaker:x", policy, wiring),
            "sagemaker:CreateEndpointConfig": config_request(names, "v1", 1, policy, wiring),
            "sagemaker:CreateEndpoint": wiring.tagged,
        },
    }


def _steps(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those within conditions as well."""
    for step in definition.get("Steps", ()):
        yield step
        if step["Type"] == "Condition":
            yield from _steps({"Steps": [*step["Arguments"]["IfSteps"], *step["Arguments"]["ElseSteps"]]})


def _asked(system: System) -> dict[str, list[tuple[str, str]]]:
    return {
        "remediate": _remediate(system),
        "promote": _promote(system),
        "settle": _settle(system),
        "govern": _govern(system),
        "scheduler": _scheduler(system),
        "pipeline": _pipeline(system),
        "monitor": _monitor(system),
        "training": _training(system),
        "processing": _processing(system),
        "serving": _serving(system),
    }


def sagemaker(system: System, resource: str) -> str:
    return system.arns.of("sagemaker", resource)


def _object(system: System, purpose: str, key: str) -> str:
    return f"{system.arns.bucket(system.bucket(purpose))}/{key}"


def _list(system: System, *purposes: str) -> list[tuple[str, str]]:
    return [("s3:ListBucket", system.arns.bucket(system.bucket(purpose))) for purpose in purposes]


def _every_handler(system: System, name: str) -> list[tuple[str, str]]:
    queue, table = system.arns.of("sqs", system.names.queue(name)), f"table/{system.names.ledger}"
    ledger = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem")
    log = system.arns.of("logs", f"log-group:/aws/lambda/{system.names.function(name)}:log-stream:1")
    return [
        *((action, queue) for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")),
        ("ssm:GetParametersByPath", system.arns.of("ssm", f"parameter{system.names.parameters}")),
        *((action, system.arns.of("dynamodb", table)) for action in ledger),
        ("sns:Publish", system.arns.of("sns", system.names.topic)),
        ("kms:Decrypt", system.deployed.key_arn),
        ("kms:GenerateDataKey", system.deployed.key_arn),
        ("logs:PutLogEvents", log),
        ("xray:PutTraceSegments", "*"),
    ]


def _remediate(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    pipeline = sagemaker(system, f"pipeline/{names.pipeline}")
    return [
        *_every_handler(system, "remediate"),
        *_list(system, "reports", "models"),
        ("s3:GetObject", _object(system, "reports", f"{names.report_prefix}latest.json")),
        ("s3:GetObject", _object(system, "reports", f"{labels_prefix(names.report_prefix)}latest.json")),
        ("s3:GetObject", _object(system, "models", names.release_key)),
        ("cloudwatch:DescribeAlarms", "*"),
        ("sagemaker:ListPipelineExecutions", pipeline),
        ("sagemaker:StartPipelineExecution", pipeline),
        *(
            (f"sqs:{verb}", system.arns.of("sqs", system.names.queue("promote")))
            for verb in ("GetQueueUrl", "SendMessage")
        ),
    ]


def _promote(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    release = f"{names.endpoint}-v3"
    model, config = sagemaker(system, f"model/{release}"), sagemaker(system, f"endpoint-config/{release}")
    endpoint = sagemaker(system, f"endpoint/{names.endpoint}")
    return [
        *_every_handler(system, "promote"),
        *_list(system, "models"),
        ("s3:GetObject", _object(system, "models", f"{names.artifact_prefix}abc/evaluation/evaluation.json")),
        ("sagemaker:ListModelPackages", "*"),
        ("sagemaker:DescribeModelPackage", sagemaker(system, f"model-package/{names.package_group}/3")),
        *((f"sagemaker:{verb}Model", model) for verb in ("Create", "Describe")),
        *((f"sagemaker:{verb}EndpointConfig", config) for verb in ("Create", "Describe")),
        *((f"sagemaker:{verb}Endpoint", endpoint) for verb in ("Create", "Update", "Describe")),
        *((f"sagemaker:{verb}Endpoint", config) for verb in ("Create", "Update")),
        ("cloudwatch:DescribeAlarms", "*"),
        ("iam:PassRole", system.arns.role(system.names.role("serving"))),
    ]


def _settle(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    run = sagemaker(system, f"pipeline/{names.pipeline}/execution/abc")
    return [
        *_every_handler(system, "settle"),
        ("s3:PutObject", _object(system, "models", names.release_key)),
        ("sagemaker:DescribePipelineExecution", run),
        ("sagemaker:ListPipelineExecutionSteps", run),
        ("sagemaker:DescribeTrainingJob", sagemaker(system, "training-job/pipelines-abc-Train-1")),
        ("sagemaker:DescribeProcessingJob", sagemaker(system, "processing-job/pipelines-abc-Gate-1")),
        ("sagemaker:DescribeModelPackage", sagemaker(system, f"model-package/{names.package_group}/3")),
        ("sagemaker:DescribeEndpoint", sagemaker(system, f"endpoint/{names.endpoint}")),
        ("sagemaker:UpdateEndpointWeightsAndCapacities", sagemaker(system, f"endpoint/{names.endpoint}")),
        ("ssm:GetParameter", system.arns.of("ssm", f"parameter{names.standing_parameter}")),
        ("ssm:PutParameter", system.arns.of("ssm", f"parameter{names.standing_parameter}")),
    ]


def _govern(system: System) -> list[tuple[str, str]]:
    budget = next(system.deployed.of("AWS::Budgets::Budget"))["Budget"]["BudgetName"]
    listing = ("ListServiceQuotas", "ListAWSDefaultServiceQuotas", "ListRequestedServiceQuotaChangeHistoryByQuota")
    return [
        *_every_handler(system, "govern"),
        ("ssm:GetParameter", system.arns.of("ssm", f"parameter{system.names.quotas_parameter}")),
        ("budgets:ViewBudget", system.arns.budget(budget)),
        *((f"servicequotas:{operation}", "*") for operation in listing),
        ("cloudwatch:GetMetricData", "*"),
        ("cloudwatch:PutMetricData", "*"),
    ]


def _scheduler(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        ("sagemaker:CreateProcessingJob", sagemaker(system, f"processing-job/{names.monitor}-1")),
        ("iam:PassRole", system.arns.role(system.names.role("monitor"))),
        *(("sqs:SendMessage", system.arns.of("sqs", system.names.queue(handler))) for handler in HANDLERS),
        *(("sqs:SendMessage", system.arns.of("sqs", system.names.dead_letters(handler))) for handler in HANDLERS),
    ]


def _pipeline(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        ("sagemaker:CreateTrainingJob", sagemaker(system, "training-job/pipelines-abc-Train-1")),
        ("sagemaker:CreateProcessingJob", sagemaker(system, "processing-job/pipelines-abc-Gate-1")),
        ("sagemaker:DescribeProcessingJob", sagemaker(system, "processing-job/pipelines-abc-Gate-1")),
        ("sagemaker:CreateModelPackage", sagemaker(system, f"model-package/{names.package_group}/1")),
        ("iam:PassRole", system.arns.role(system.names.role("training"))),
        ("iam:PassRole", system.arns.role(system.names.role("processing"))),
        ("s3:GetObject", _object(system, "models", f"{names.artifact_prefix}abc/evaluation/evaluation.json")),
    ]


def _job(system: System, kind: str, image: str) -> list[tuple[str, str]]:
    return [
        ("ecr:BatchGetImage", system.arns.of("ecr", f"repository/{system.names.repository(image)}")),
        ("ecr:GetAuthorizationToken", "*"),
        ("logs:PutLogEvents", system.arns.of("logs", f"log-group:/aws/sagemaker/{kind}:log-stream:1")),
        ("ec2:CreateNetworkInterface", system.arns.of("ec2", "network-interface/*")),
        ("ec2:DescribeSubnets", "*"),
        ("kms:Decrypt", system.deployed.key_arn),
        ("kms:GenerateDataKey", system.deployed.key_arn),
    ]


def _policy(system: System) -> list[tuple[str, str]]:
    """The first part, and the others where there are any."""
    first, second = part_names(system.names.model(system.models[0].name).policy_parameter, 2)
    return [
        ("ssm:GetParameter", system.arns.of("ssm", f"parameter{first}")),
        ("ssm:GetParameters", system.arns.of("ssm", f"parameter{second}")),
    ]


def _monitor(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        *_job(system, "ProcessingJobs", "process"),
        *_list(system, "capture", "data", "models"),
        *_policy(system),
        ("s3:GetObject", _object(system, "capture", f"{names.capture_prefix}e/AllTraffic/2026/11/20/10/a.jsonl")),
        ("s3:GetObject", _object(system, "data", f"{names.ground_truth_prefix}2026/11/20/10/a.jsonl")),
        ("s3:GetObject", _object(system, "models", names.release_key)),
        ("s3:GetObject", _object(system, "models", f"{names.artifact_prefix}abc/baseline/baseline.json")),
        ("s3:PutObject", _object(system, "reports", f"{names.report_prefix}2026/11/20/10-00-00/report.json")),
    ]


def _training(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        *_job(system, "TrainingJobs", "train"),
        *_list(system, "models"),
        ("s3:GetObject", _object(system, "models", f"{names.artifact_prefix}abc/train/data.csv")),
        ("s3:PutObject", _object(system, "models", f"{names.artifact_prefix}abc/model/output/model.tar.gz")),
    ]


def _processing(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        *_job(system, "ProcessingJobs", "process"),
        *_list(system, "capture", "data", "models"),
        *_policy(system),
        ("s3:GetObject", _object(system, "data", f"{names.data_prefix}a.csv")),
        ("s3:GetObject", _object(system, "data", f"{names.ground_truth_prefix}2026/11/20/10/a.jsonl")),
        ("s3:GetObject", _object(system, "capture", f"{names.capture_prefix}e/AllTraffic/2026/11/20/10/a.jsonl")),
        ("s3:GetObject", _object(system, "models", names.release_key)),
        ("s3:PutObject", _object(system, "models", f"{names.artifact_prefix}abc/test/data.csv")),
    ]


def _serving(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        *_job(system, "Endpoints/e", "serve"),
        ("s3:GetObject", _object(system, "models", f"{names.artifact_prefix}abc/model/output/model.tar.gz")),
        ("s3:PutObject", _object(system, "capture", f"{names.capture_prefix}e/AllTraffic/2026/11/20/10/a.jsonl")),
    ]
