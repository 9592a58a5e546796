"""Projects: a CloudFormation stack made from a template in S3, in the name of who asks.

SageMaker reads the template and asks CloudFormation in the caller's name (`aws:ViaAWSService`), and hands it the role
that the request names. The embedded CloudFormation makes resources as the account itself, whatever the role.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope

from local.credentials import account_client
from local.sagemaker.kinds import INVALID
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record, Store
from local.sagemaker.workbench import PROJECT
from local.service import ApiError
from local.service.service import CALLER

HOOKS = ("ministack.core.iam_evaluator:enforce",)
_URL = re.compile(r"https://(?P<bucket>[a-z0-9.-]+)\.s3[.-](?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<key>.+)")
VIA = {"aws:viaawsservice": "true"}
GIVEN = ("SageMakerProjectName", "SageMakerProjectId")
"""Parameters that SageMaker fills where a template has them."""
PATIENCE = {"Delay": 1, "MaxAttempts": 600}
CLOUDFORMATION = "cloudformation.amazonaws.com"


class Projects:
    """The part of the service that makes, changes and deletes them; `resources` lists and describes them."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store

    def create_project(self, request: Request) -> Record:
        provider = _provider(request.get("TemplateProviders"), request.get("ServiceCatalogProvisioningDetails"))
        id = f"p-{uuid.uuid4().hex[:12]}"
        stack = f"SP-{request['ProjectName']}-{id}"
        template = _template(provider)
        _demand("cloudformation:CreateStack", stack)
        _demand_role(provider)
        detail = {**provider, "StackDetail": {"Name": stack, "StatusMessage": "Waiting for CloudFormation"}}
        members = {name: value for name, value in request.items() if name != "TemplateProviders"}
        details = [{"CfnTemplateProviderDetail": detail}]
        record = self.store.add(PROJECT, {**members, "ProjectId": id, "TemplateProviderDetails": details})
        order = _order(stack, template, provider, record, request.get("Tags") or [])
        self._carry_out(record, "create_stack", "stack_create_complete", order, "Create")
        return record

    def update_project(self, request: Request) -> Record:
        record = self.resources.describe(PROJECT, request)
        [standing] = record["TemplateProviderDetails"]
        told = request.get("TemplateProvidersToUpdate") or [{"CfnTemplateProvider": {}}]
        known = {name: value for name, value in standing["CfnTemplateProviderDetail"].items() if name != "StackDetail"}
        provider = {**known, **told[0].get("CfnTemplateProvider", {})}
        stack = standing["CfnTemplateProviderDetail"]["StackDetail"]["Name"]
        template = _template(provider)
        _demand("cloudformation:UpdateStack", stack)
        detail = {**provider, "StackDetail": standing["CfnTemplateProviderDetail"]["StackDetail"]}
        changed = {"ProjectDescription": request["ProjectDescription"]} if "ProjectDescription" in request else {}
        details = [{"CfnTemplateProviderDetail": detail}]
        self.store.change(record, ProjectStatus="UpdateInProgress", TemplateProviderDetails=details, **changed)
        order = _order(stack, template, provider, record, [])
        order.pop("Tags")
        self._carry_out(record, "update_stack", "stack_update_complete", order, "Update")
        return record

    def delete_project(self, request: Request) -> None:
        record = self.resources.describe(PROJECT, request)
        stack = record["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]["Name"]
        _demand("cloudformation:DeleteStack", stack)
        self.store.change(record, ProjectStatus="DeleteInProgress")
        self._carry_out(record, "delete_stack", "stack_delete_complete", {"StackName": stack}, "Delete")

    def _carry_out(self, record: Record, operation: str, waiter: str, order: Request, verb: str) -> None:
        """Ask CloudFormation on a thread, and give the project the status of the outcome."""
        account, region = get_account_id(), get_region()

        def run() -> None:
            with request_scope(account, region):
                client = account_client("cloudformation")
                try:
                    answer = getattr(client, operation)(**order)
                    client.get_waiter(waiter).wait(StackName=order["StackName"], WaiterConfig=PATIENCE)
                    message, status = f"{operation} succeeded", f"{verb}Completed"
                except (ClientError, BotoCoreError, WaiterError) as fault:
                    answer, message, status = {}, str(fault), f"{verb}Failed"
                _tell(self.store, record, status, message, answer.get("StackId"))

        threading.Thread(target=run, daemon=True, name=order["StackName"]).start()


def _tell(store: Store, record: Record, status: str, message: str, stack_id: str | None) -> None:
    [standing] = record["TemplateProviderDetails"]
    detail = dict(standing["CfnTemplateProviderDetail"])
    stack = {**detail["StackDetail"], "StatusMessage": message}
    detail["StackDetail"] = {**stack, "Id": stack_id} if stack_id else stack
    store.change(record, ProjectStatus=status, TemplateProviderDetails=[{"CfnTemplateProviderDetail": detail}])


def _provider(providers: list[dict[str, Any]] | None, catalog: object) -> dict[str, Any]:
    if catalog:
        raise ApiError(INVALID, "ServiceCatalogProvisioningDetails: the embedded AWS makes projects from S3 templates.")
    if not providers or len(providers) != 1 or "CfnTemplateProvider" not in providers[0]:
        raise ApiError(INVALID, "TemplateProviders must hold exactly one CfnTemplateProvider.")
    provider: dict[str, Any] = providers[0]["CfnTemplateProvider"]
    return provider


def _template(provider: dict[str, Any]) -> str:
    """The template's text, read as the caller may."""
    match = _URL.fullmatch(provider["TemplateURL"])
    if match is None:
        raise ApiError(INVALID, f"TemplateURL {provider['TemplateURL']!r} is no URL of an object in S3.")
    bucket, key = match["bucket"], match["key"]
    _ask("s3", "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", VIA)
    try:
        text: str = account_client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except ClientError as fault:
        raise ApiError(INVALID, f"The template {provider['TemplateURL']} cannot be read: {fault}") from None
    return text


def _order(
    stack: str, template: str, provider: dict[str, Any], record: Record, tags: list[dict[str, str]]
) -> dict[str, Any]:
    """The request to CloudFormation."""
    declared = (yaml.safe_load(template) if not template.startswith("{") else json.loads(template)).get(
        "Parameters", {}
    )
    own = dict(zip(GIVEN, (record["ProjectName"], record["ProjectId"]), strict=True))
    told = {each["Key"]: each.get("Value", "") for each in provider.get("Parameters") or ()}
    values = {**{name: value for name, value in own.items() if name in declared}, **told}
    marks = {"sagemaker:project-name": record["ProjectName"], "sagemaker:project-id": record["ProjectId"]}
    return {
        "StackName": stack,
        "TemplateBody": template,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        "Tags": [*tags, *({"Key": key, "Value": value} for key, value in marks.items())],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }


def _demand(action: str, stack: str) -> None:
    arn = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/{stack}/*"
    _ask("cloudformation", action, arn, VIA)


def _demand_role(provider: dict[str, Any]) -> None:
    if role := provider.get("RoleARN"):
        _ask("iam", "iam:PassRole", role, {**VIA, "iam:passedtoservice": CLOUDFORMATION})


def _ask(service: str, action: str, arn: str, context: dict[str, str]) -> None:
    """ApiError where the caller may not."""
    denied = iam_evaluator.enforce(CALLER.get(), action, service, get_region(), arn, context)
    if denied is not None:
        who = getattr(denied, "principal_arn", "")
        text = f"User: {who} is not authorized to perform: {action} on resource: {arn}"
        raise ApiError("AccessDeniedException", text)
