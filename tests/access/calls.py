"""How each ability of `core.access` is tried: the real API call, made to what is a team's.

`ABILITIES` maps what can be done to a function of the world, of who tries it, and of the team whose thing it is. A
call that AWS lets through may still fail for other reasons (an endpoint that is not there): only a denial is one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from core.access import Persona
from local.settings import ACCOUNT
from tests.access import jobs
from tests.access.world import KEY, TeamWorld, World

Call = Callable[[World, Persona, TeamWorld], Any]
_numbers = itertools.count(1)


def unique() -> int:
    return next(_numbers)


def call(service: str, operation: str, request: Callable[[World, Persona, TeamWorld], dict[str, Any]]) -> Call:
    def tried(world: World, persona: Persona, of: TeamWorld) -> Any:
        return getattr(world.client(persona, service), operation)(**request(world, persona, of))

    return tried


def read(purpose: str) -> Call:
    return call("s3", "get_object", lambda w, p, of: {"Bucket": of.bucket(purpose), "Key": KEY[purpose]})


def write(purpose: str) -> Call:
    return call("s3", "put_object", lambda w, p, of: {"Bucket": of.bucket(purpose), "Key": f"{KEY[purpose]}.new"})


def sagemaker(operation: str, request: Callable[[TeamWorld], dict[str, Any]]) -> Call:
    return call("sagemaker", operation, lambda w, p, of: request(of))


def other_member(of: TeamWorld, persona: Persona) -> str:
    return next(each.name for each in of.team.members if each.role != persona)


def space(of: TeamWorld, owner: str, **settings: Any) -> dict[str, Any]:
    return {
        "DomainId": of.domain_id,
        "SpaceName": f"new-{unique()}",
        "OwnershipSettings": {"OwnerUserProfileName": owner},
        "SpaceSharingSettings": {"SharingType": "Private"},
        "SpaceSettings": {"AppType": "JupyterLab", **settings},
    }


def app(of: TeamWorld, space_name: str) -> dict[str, Any]:
    return {"DomainId": of.domain_id, "SpaceName": space_name, "AppType": "JupyterLab", "AppName": f"a{unique()}"}


def own_space(world: World, persona: Persona, of: TeamWorld) -> str:
    """Of the member that tries, or of the member with the same role in the other team."""
    return f"of-{of.member(persona)}"


def _new_space(world: World, persona: Persona, of: TeamWorld) -> dict[str, Any]:
    return space(of, of.member(persona))


def _deleted_space(world: World, persona: Persona, of: TeamWorld) -> dict[str, Any]:
    """Made first by who may do everything."""
    made = space(of, of.member(persona))
    of.aws.client("sagemaker").create_space(**made)
    return {"DomainId": of.domain_id, "SpaceName": made["SpaceName"]}


def _outside(world: World, persona: Persona, of: TeamWorld) -> Any:
    client = world.client(persona, "sagemaker", outside=True)
    return client.create_presigned_domain_url(DomainId=of.domain_id, UserProfileName=of.member(persona))


def _settings(instance_type: str) -> dict[str, Any]:
    return {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": instance_type}}}


def _dashboard_alarm(of: TeamWorld) -> str:
    return of.model.alarm("errors")


def package(status: str) -> Call:
    return sagemaker("update_model_package", lambda of: {"ModelPackageArn": of.package, "ModelApprovalStatus": status})


DATA: dict[str, Call] = {
    "read data": read("data"),
    "list data": call("s3", "list_objects_v2", lambda w, p, of: {"Bucket": of.bucket("data")}),
    "write data": write("data"),
    "delete data": call("s3", "delete_object", lambda w, p, of: {"Bucket": of.bucket("data"), "Key": KEY["data"]}),
    "read captured requests": read("capture"),
    "read models": read("models"),
    "write models": write("models"),
    "read reports": read("reports"),
    "write reports": write("reports"),
    "open a bucket to others": call(
        "s3", "put_bucket_policy", lambda w, p, of: {"Bucket": of.bucket("data"), "Policy": "{}"}
    ),
    "decrypt with the key": call("kms", "decrypt", lambda w, p, of: {"CiphertextBlob": of.ciphertext, "KeyId": of.key}),
    "read a secret": call(
        "secretsmanager", "get_secret_value", lambda w, p, of: {"SecretId": f"{of.names.prefix}-any"}
    ),
    "change who may use the key": call(
        "kms", "put_key_policy", lambda w, p, of: {"KeyId": of.key, "PolicyName": "default", "Policy": "{}"}
    ),
}
PIPELINES: dict[str, Call] = {
    "look at a pipeline": sagemaker("describe_pipeline", lambda of: {"PipelineName": of.model.pipeline}),
    "start a pipeline": sagemaker(
        "start_pipeline_execution", lambda of: {"PipelineName": of.model.pipeline, "PipelineParameters": jobs.INVALID}
    ),
    "look at an execution": sagemaker("describe_pipeline_execution", lambda of: {"PipelineExecutionArn": of.execution}),
    "look at an execution's steps": sagemaker(
        "list_pipeline_execution_steps", lambda of: {"PipelineExecutionArn": of.execution}
    ),
    "stop an execution": sagemaker("stop_pipeline_execution", lambda of: {"PipelineExecutionArn": of.execution}),
    "retry an execution": sagemaker(
        "retry_pipeline_execution",
        lambda of: {"PipelineExecutionArn": of.execution, "ParallelismConfiguration": {"MaxParallelExecutionSteps": 1}},
    ),
    "change a pipeline": sagemaker(
        "update_pipeline", lambda of: {"PipelineName": of.model.pipeline, "PipelineDescription": "other"}
    ),
}
MODELS: dict[str, Call] = {
    "look at a package": sagemaker("describe_model_package", lambda of: {"ModelPackageName": of.package}),
    "approve a package": package("Approved"),
    "reject a package": package("Rejected"),
    "register a package as approved": sagemaker(
        "create_model_package",
        lambda of: {"ModelPackageGroupName": of.model.package_group, "ModelApprovalStatus": "Approved"},
    ),
    "delete a package": sagemaker("delete_model_package", lambda of: {"ModelPackageName": of.package}),
    "look at an endpoint": sagemaker("describe_endpoint", lambda of: {"EndpointName": of.model.endpoint}),
    "call an endpoint": call(
        "sagemaker-runtime", "invoke_endpoint", lambda w, p, of: {"EndpointName": of.model.endpoint, "Body": b"1"}
    ),
    "deploy past the release path": sagemaker(
        "update_endpoint", lambda of: {"EndpointName": of.model.endpoint, "EndpointConfigName": of.model.endpoint}
    ),
}
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "at", "ValueAsString": "2026-11-20T10:00:00Z"}]
FEATURES: dict[str, Call] = {
    "look at a feature group": sagemaker(
        "describe_feature_group", lambda of: {"FeatureGroupName": of.names.feature_group("clients")}
    ),
    "write a record": call(
        "sagemaker-featurestore-runtime",
        "put_record",
        lambda w, p, of: {"FeatureGroupName": of.names.feature_group("clients"), "Record": RECORD},
    ),
    "read a record": call(
        "sagemaker-featurestore-runtime",
        "get_record",
        lambda w, p, of: {
            "FeatureGroupName": of.names.feature_group("clients"),
            "RecordIdentifierValueAsString": "1",
        },
    ),
    "delete a feature group": sagemaker(
        "delete_feature_group", lambda of: {"FeatureGroupName": of.names.feature_group("clients")}
    ),
    "ask a question of offline data": call(
        "athena", "start_query_execution", lambda w, p, of: {"QueryString": "SELECT 1", "WorkGroup": of.names.workgroup}
    ),
    "look at a table": call(
        "glue", "get_table", lambda w, p, of: {"DatabaseName": of.names.database, "Name": "clients"}
    ),
    "drop a table": call(
        "glue", "delete_table", lambda w, p, of: {"DatabaseName": of.names.database, "Name": "clients"}
    ),
    "open the experiments": sagemaker("create_presigned_mlflow_app_url", lambda of: {"Arn": of.mlflow}),
}
STUDIO: dict[str, Call] = {
    "look at the domain": sagemaker("describe_domain", lambda of: {"DomainId": of.domain_id}),
    "open the own profile": call(
        "sagemaker",
        "create_presigned_domain_url",
        lambda w, p, of: {"DomainId": of.domain_id, "UserProfileName": of.member(p)},
    ),
    "make a space of one's own": call("sagemaker", "create_space", _new_space),
    "delete a space of one's own": call("sagemaker", "delete_space", _deleted_space),
    "start an application in one's own space": call(
        "sagemaker", "create_app", lambda w, p, of: app(of, own_space(w, p, of))
    ),
    "start an application in a shared space": call("sagemaker", "create_app", lambda w, p, of: app(of, "shared")),
    "change the domain": sagemaker("update_domain", lambda of: {"DomainId": of.domain_id}),
    "delete a profile": call(
        "sagemaker",
        "delete_user_profile",
        lambda w, p, of: {"DomainId": of.domain_id, "UserProfileName": other_member(of, p)},
    ),
    "open another member's profile": call(
        "sagemaker",
        "create_presigned_domain_url",
        lambda w, p, of: {"DomainId": of.domain_id, "UserProfileName": other_member(of, p)},
    ),
    "open Studio from outside of the network": _outside,
    "make a space for another member": call(
        "sagemaker", "create_space", lambda w, p, of: space(of, other_member(of, p))
    ),
    "delete another member's space": call(
        "sagemaker",
        "delete_space",
        lambda w, p, of: {"DomainId": of.domain_id, "SpaceName": f"of-{other_member(of, p)}"},
    ),
    "start an application in another member's private space": call(
        "sagemaker", "create_app", lambda w, p, of: app(of, f"of-{other_member(of, p)}")
    ),
    "make a space that can be entered from outside": call(
        "sagemaker", "create_space", lambda w, p, of: space(of, of.member(p), RemoteAccess="ENABLED")
    ),
    "make a space on an instance type that is not allowed": call(
        "sagemaker", "create_space", lambda w, p, of: space(of, of.member(p), **_settings("ml.g5.xlarge"))
    ),
}
PLATFORM: dict[str, Call] = {
    "look at the dashboard": call(
        "cloudwatch", "get_dashboard", lambda w, p, of: {"DashboardName": of.names.dashboard}
    ),
    "silence an alarm": call("cloudwatch", "delete_alarms", lambda w, p, of: {"AlarmNames": [_dashboard_alarm(of)]}),
    "read the ledger": call(
        "dynamodb", "get_item", lambda w, p, of: {"TableName": of.names.ledger, "Key": {"pk": {"S": "x"}}}
    ),
    "speak in the team's name": call(
        "sns", "publish", lambda w, p, of: {"TopicArn": of.arns.of("sns", of.names.topic), "Message": "x"}
    ),
    "forge an event for a handler": call(
        "sqs",
        "send_message",
        lambda w, p, of: {
            "QueueUrl": f"{of.aws.url}/{ACCOUNT}/{of.names.queue('remediate')}",
            "MessageBody": "x",
        },
    ),
    "call a handler": call("lambda", "invoke", lambda w, p, of: {"FunctionName": of.names.function("remediate")}),
    "change a model's policy": call(
        "ssm",
        "put_parameter",
        lambda w, p, of: {"Name": of.model.policy_parameter, "Value": "{}", "Type": "String", "Overwrite": True},
    ),
    "widen a role": call(
        "iam",
        "put_role_policy",
        lambda w, p, of: {"RoleName": of.names.role(p), "PolicyName": "more", "PolicyDocument": "{}"},
    ),
    "act as another role": call(
        "sts", "assume_role", lambda w, p, of: {"RoleArn": of.role("pipeline"), "RoleSessionName": "other"}
    ),
    "take away the guard rails": call(
        "iam",
        "detach_role_policy",
        lambda w, p, of: {
            "RoleName": of.names.role(p),
            "PolicyArn": of.arns.policy(f"{of.names.prefix}-guard-rails"),
        },
    ),
}
JOBS: dict[str, Call] = {
    "look at a training job": sagemaker(
        "describe_training_job", lambda of: {"TrainingJobName": f"{of.names.prefix}-absent"}
    ),
    "stop a training job": sagemaker("stop_training_job", lambda of: {"TrainingJobName": f"{of.names.prefix}-absent"}),
    "read the log of a job": call(
        "logs",
        "get_log_events",
        lambda w, p, of: {
            "logGroupName": "/aws/sagemaker/TrainingJobs",
            "logStreamName": f"{of.names.prefix}-absent/algo-1-1",
        },
    ),
    "change the tags of what is there": sagemaker(
        "add_tags", lambda of: {"ResourceArn": of.arn(f"pipeline/{of.model.pipeline}"), "Tags": of.tags}
    ),
    "remove the tags of what is there": sagemaker(
        "delete_tags", lambda of: {"ResourceArn": of.arn(f"pipeline/{of.model.pipeline}"), "TagKeys": ["team"]}
    ),
    **{what: sagemaker(operation, request) for what, (operation, request) in jobs.JOBS.items()},
}
CALLS: dict[str, Call] = {**DATA, **JOBS, **PIPELINES, **MODELS, **FEATURES, **STUDIO, **PLATFORM}
