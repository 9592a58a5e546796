"""The types of CloudWatch, Application Auto Scaling, Budgets and Backup."""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region

from local.cloudformation.resource_type import Properties, ResourceType, parts, words


def _alarm(kind: str) -> ResourceType:
    """Alarms are written anew as a whole, so an update is the same call as the creation."""

    def recover(ref: str, properties: Properties) -> Properties:
        arn = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{ref}"
        return {"AlarmName": ref, "AlarmNames": [ref], "Arn": arn}

    return ResourceType(
        name=f"AWS::CloudWatch::{'Alarm' if kind == 'Metric' else 'CompositeAlarm'}",
        service="cloudwatch",
        create=f"Put{kind}Alarm",
        update=f"Put{kind}Alarm",
        delete="DeleteAlarms",
        ref=("AlarmName",),
        key=words("AlarmName AlarmNames Arn"),
        recover=recover,
        create_only=("AlarmName",),
        named_by="AlarmName",
        tagged_by="Arn",
        longest=255,
    )


def _scaling_policy(properties: Properties) -> Properties:
    """A policy names its target by three properties or by the Ref of the target."""
    if (target := properties.get("ScalingTargetId")) is None:
        return properties
    rest = {name: value for name, value in properties.items() if name != "ScalingTargetId"}
    return {**rest, **dict(zip(_TARGET, target.split("|"), strict=True))}


def _scaling_policy_key(ref: str, properties: Properties) -> Properties:
    return {**_scaling_policy(properties), "PolicyName": ref.rpartition(":policyName/")[2]}


def _scalable_target(properties: Properties) -> Properties:
    if properties.get("ScheduledActions"):
        raise ValueError("ScheduledActions of a scalable target are not modelled by the embedded AWS")
    return properties


def _budget_name(properties: Properties) -> Properties:
    return {**properties, "BudgetName": properties["Budget"].get("BudgetName")}


def _budget(properties: Properties) -> Properties:
    """The name lies inside the structure."""
    budget = {**properties["Budget"], "BudgetName": properties["BudgetName"]}
    rest = {name: properties.get(name) for name in ("NotificationsWithSubscribers", "ResourceTags")}
    return {**rest, "AccountId": get_account_id(), "Budget": budget, "NewBudget": budget}


_TARGET = words("ResourceId ScalableDimension ServiceNamespace")

TYPES = (
    _alarm("Metric"),
    _alarm("Composite"),
    ResourceType(
        name="AWS::ApplicationAutoScaling::ScalableTarget",
        service="application-autoscaling",
        create="RegisterScalableTarget",
        update="RegisterScalableTarget",
        delete="DeregisterScalableTarget",
        ref=_TARGET,
        key=_TARGET,
        recover=parts(*_TARGET),
        create_only=_TARGET,
        to_create=_scalable_target,
        to_update=lambda old, new: _scalable_target(new),
        outcome=lambda answer: {"ScalableTargetARN": answer["ScalableTargetARN"]},
    ),
    ResourceType(
        name="AWS::ApplicationAutoScaling::ScalingPolicy",
        service="application-autoscaling",
        create="PutScalingPolicy",
        update="PutScalingPolicy",
        delete="DeleteScalingPolicy",
        ref=("Arn",),
        key=("PolicyName", *_TARGET),
        recover=_scaling_policy_key,
        create_only=("PolicyName", *_TARGET, "ScalingTargetId"),
        named_by="PolicyName",
        longest=256,
        to_create=_scaling_policy,
        to_update=lambda old, new: _scaling_policy(new),
        outcome=lambda answer: {"Arn": answer["PolicyARN"]},
    ),
    ResourceType(
        name="AWS::Budgets::Budget",
        service="budgets",
        create="CreateBudget",
        update="UpdateBudget",
        delete="DeleteBudget",
        ref=("BudgetName",),
        key=words("AccountId BudgetName"),
        recover=lambda ref, properties: {"AccountId": get_account_id(), "BudgetName": ref},
        create_only=("NotificationsWithSubscribers",),
        create_only_within=("Budget/BudgetName",),
        named_by="BudgetName",
        longest=100,
        tags="ResourceTags",
        flat=_budget_name,
        to_create=_budget,
        to_update=lambda old, new: _budget(new),
    ),
    ResourceType(
        name="AWS::Backup::BackupSelection",
        service="backup",
        create="CreateBackupSelection",
        delete="DeleteBackupSelection",
        ref=("Id",),
        key=words("BackupPlanId SelectionId"),
        recover=lambda ref, properties: dict(
            zip(("SelectionId", "_", "BackupPlanId"), ref.partition("_"), strict=True)
        ),
        create_only=words("BackupPlanId BackupSelection"),
        outcome=lambda answer: {**answer, "Id": f"{answer['SelectionId']}_{answer['BackupPlanId']}"},
    ),
)
