"""Who may do what to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.contracts.metrics import DATA, EXPLAINABILITY, HOMEOSTAT, QUALITY
from tests.wiring.access import may
from tests.wiring.system import HANDLERS, System

Call = tuple[str, str, str, Mapping[str, str]]
"""Kind of role, action, resource, context keys of the request."""
PASSED_TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}


def calls(system: System) -> Iterator[Call]:
    """What each role's own code, or SageMaker in its name, asks of AWS."""
    for kind, asked in _asked(system).items():
        for action, resource in asked:
            yield kind, action, resource, PASSED_TO_SAGEMAKER if action == "iam:PassRole" else {}


def _asked(system: System) -> dict[str, list[tuple[str, str]]]:
    return {
        "remediate": _remediate(system),
        "promote": _promote(system),
        "settle": _settle(system),
        "scheduler": _scheduler(system),
        "pipeline": _pipeline(system),
        "monitor": _monitor(system),
        "training": _training(system),
        "processing": _processing(system),
        "serving": _serving(system),
    }


def _sagemaker(system: System, resource: str) -> str:
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
        ("kms:Decrypt", _key(system)),
        ("kms:GenerateDataKey", _key(system)),
        ("logs:PutLogEvents", log),
        ("xray:PutTraceSegments", "*"),
    ]


def _key(system: System) -> str:
    function = next(iter(system.deployed.of("AWS::Lambda::Function")))
    return str(function["KmsKeyArn"])


def _remediate(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    pipeline = _sagemaker(system, f"pipeline/{names.pipeline}")
    return [
        *_every_handler(system, "remediate"),
        *_list(system, "reports", "models"),
        ("s3:GetObject", _object(system, "reports", f"{names.report_prefix}latest.json")),
        ("s3:GetObject", _object(system, "models", names.release_key)),
        ("cloudwatch:DescribeAlarms", "*"),
        ("sagemaker:ListPipelineExecutions", pipeline),
        ("sagemaker:StartPipelineExecution", pipeline),
    ]


def _promote(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    release = f"{names.endpoint}-v3"
    model, config = _sagemaker(system, f"model/{release}"), _sagemaker(system, f"endpoint-config/{release}")
    endpoint = _sagemaker(system, f"endpoint/{names.endpoint}")
    return [
        *_every_handler(system, "promote"),
        *_list(system, "models"),
        ("s3:GetObject", _object(system, "models", f"{names.artifact_prefix}abc/evaluation/evaluation.json")),
        ("sagemaker:ListModelPackages", "*"),
        ("sagemaker:DescribeModelPackage", _sagemaker(system, f"model-package/{names.package_group}/3")),
        *((f"sagemaker:{verb}Model", model) for verb in ("Create", "Describe")),
        *((f"sagemaker:{verb}EndpointConfig", config) for verb in ("Create", "Describe")),
        *((f"sagemaker:{verb}Endpoint", endpoint) for verb in ("Create", "Update", "Describe")),
        *((f"sagemaker:{verb}Endpoint", config) for verb in ("Create", "Update")),
        ("cloudwatch:DescribeAlarms", "*"),
        ("iam:PassRole", system.arns.role(system.names.role("serving"))),
    ]


def _settle(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    run = _sagemaker(system, f"pipeline/{names.pipeline}/execution/abc")
    return [
        *_every_handler(system, "settle"),
        ("s3:PutObject", _object(system, "models", names.release_key)),
        ("sagemaker:DescribePipelineExecution", run),
        ("sagemaker:ListPipelineExecutionSteps", run),
        ("sagemaker:DescribeModelPackage", _sagemaker(system, f"model-package/{names.package_group}/3")),
        ("sagemaker:DescribeEndpoint", _sagemaker(system, f"endpoint/{names.endpoint}")),
        ("sagemaker:UpdateEndpointWeightsAndCapacities", _sagemaker(system, f"endpoint/{names.endpoint}")),
    ]


def _scheduler(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        ("sagemaker:CreateProcessingJob", _sagemaker(system, f"processing-job/{names.monitor}-1")),
        ("iam:PassRole", system.arns.role(system.names.role("monitor"))),
        *(("sqs:SendMessage", system.arns.of("sqs", system.names.queue(handler))) for handler in HANDLERS),
        *(("sqs:SendMessage", system.arns.of("sqs", system.names.dead_letters(handler))) for handler in HANDLERS),
    ]


def _pipeline(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        ("sagemaker:CreateTrainingJob", _sagemaker(system, "training-job/pipelines-abc-Train-1")),
        ("sagemaker:CreateProcessingJob", _sagemaker(system, "processing-job/pipelines-abc-Gate-1")),
        ("sagemaker:DescribeProcessingJob", _sagemaker(system, "processing-job/pipelines-abc-Gate-1")),
        ("sagemaker:CreateModelPackage", _sagemaker(system, f"model-package/{names.package_group}/1")),
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
        ("kms:Decrypt", _key(system)),
        ("kms:GenerateDataKey", _key(system)),
    ]


def _policy(system: System) -> tuple[str, str]:
    names = system.names.model(system.models[0].name)
    return "ssm:GetParameter", system.arns.of("ssm", f"parameter{names.policy_parameter}")


def _monitor(system: System) -> list[tuple[str, str]]:
    names = system.names.model(system.models[0].name)
    return [
        *_job(system, "ProcessingJobs", "process"),
        *_list(system, "capture", "data", "models"),
        _policy(system),
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
        _policy(system),
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


def _role(system: System, kind: str) -> str:
    return system.names.role(kind)


def each_role_may_do_its_work(system: System) -> None:
    for kind, action, resource, context in calls(system):
        allowed = may(system.deployed, _role(system, kind), action, resource, context)
        assert allowed, f"{kind} may not {action} on {resource}"


def nobody_reaches_another_team(system: System) -> None:
    """The same calls on the resources of teams whose names are near."""
    prefix = system.names.prefix
    for rival in ("demodev-x", "demo-dev2", "xdemo-dev", "demo-prod"):
        for kind, action, resource, context in calls(system):
            foreign = resource.replace(prefix, rival).replace(system.names.parameters, "/homeostat/rival/dev")
            if foreign != resource:
                allowed = may(system.deployed, _role(system, kind), action, foreign, context)
                assert not allowed, f"{kind} may {action} on {foreign} of another team"


def roles_go_to_sagemaker_only(system: System) -> None:
    for kind, action, resource, _ in calls(system):
        if action == "iam:PassRole":
            for service in ("lambda.amazonaws.com", "ec2.amazonaws.com"):
                context = {"iam:PassedToService": service}
                assert not may(system.deployed, _role(system, kind), action, resource, context), f"{kind} to {service}"


def nobody_passes_a_role_that_is_not_a_jobs(system: System) -> None:
    powerful = [system.names.role(kind) for kind in (*HANDLERS, "pipeline", "scheduler", "approver")]
    for role in system.deployed.of("AWS::IAM::Role"):
        for passed in powerful:
            arn, name = system.arns.role(passed), role["RoleName"]
            allowed = may(system.deployed, name, "iam:PassRole", arn, PASSED_TO_SAGEMAKER)
            assert not allowed, f"{name} could act as {passed}"


def remediation_starts_pipelines_and_nothing_else(system: System) -> None:
    names = system.names.model(system.models[0].name)
    costly = {
        "CreateTrainingJob": "training-job/demo-dev-x",
        "CreateProcessingJob": "processing-job/demo-dev-x",
        "CreateEndpoint": f"endpoint/{names.endpoint}",
        "UpdateEndpoint": f"endpoint/{names.endpoint}",
        "UpdateModelPackage": f"model-package/{names.package_group}/1",
        "UpdatePipeline": f"pipeline/{names.pipeline}",
    }
    for operation, resource in costly.items():
        action = f"sagemaker:{operation}"
        assert not may(system.deployed, _role(system, "remediate"), action, _sagemaker(system, resource)), action


def only_the_approver_approves(system: System) -> None:
    package = _sagemaker(system, f"model-package/{system.names.model(system.models[0].name).package_group}/1")
    approved = {"sagemaker:ModelApprovalStatus": "Approved"}
    approvers = {
        role["RoleName"]
        for role in system.deployed.of("AWS::IAM::Role")
        if may(system.deployed, role["RoleName"], "sagemaker:UpdateModelPackage", package, approved)
    }
    assert approvers == {system.names.role("approver")}


def monitors_write_their_own_metrics_only(system: System) -> None:
    role = _role(system, "monitor")
    for namespace in (HOMEOSTAT, DATA, QUALITY, EXPLAINABILITY):
        context = {"cloudwatch:namespace": namespace}
        assert may(system.deployed, role, "cloudwatch:PutMetricData", "*", context), namespace
    others = {"cloudwatch:namespace": "AWS/Billing"}
    assert not may(system.deployed, role, "cloudwatch:PutMetricData", "*", others)


def every_role_is_bounded_and_trusts_one_service_for_us(system: System) -> None:
    for role in system.deployed.of("AWS::IAM::Role"):
        name = role["RoleName"]
        assert role["PermissionsBoundary"] == system.arns.policy(f"{system.names.prefix}-boundary"), name
        assert "ManagedPolicyArns" not in role, name
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert isinstance(statement["Principal"]["Service"], str), name
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == system.deployed.account, name


def no_statement_of_a_role_is_open(system: System) -> None:
    """No action by wildcard; every resource only where the action takes none."""
    for role in system.deployed.of("AWS::IAM::Role"):
        statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
        for statement in statements:
            assert not [action for action in statement["Action"] if "*" in action], role["RoleName"]
            if statement["Resource"] == ["*"]:
                open_ones = [action for action in statement["Action"] if not _takes_no_resource(action, statement)]
                assert not open_ones, f"{role['RoleName']} may {open_ones} on everything"


def _takes_no_resource(action: str, statement: Mapping[str, Any]) -> bool:
    verb = action.partition(":")[2]
    known = ("ecr:GetAuthorizationToken", "xray:PutTraceSegments", "xray:PutTelemetryRecords")
    return action in known or verb.startswith(("Describe", "List", "Get")) or bool(statement.get("Condition"))


CHECKS = (
    each_role_may_do_its_work,
    nobody_reaches_another_team,
    roles_go_to_sagemaker_only,
    nobody_passes_a_role_that_is_not_a_jobs,
    remediation_starts_pipelines_and_nothing_else,
    only_the_approver_approves,
    monitors_write_their_own_metrics_only,
    every_role_is_bounded_and_trusts_one_service_for_us,
    no_statement_of_a_role_is_open,
)
