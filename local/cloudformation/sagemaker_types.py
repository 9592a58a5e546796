"""The SageMaker types."""

from __future__ import annotations

import json
from typing import Any

from local.cloudformation.resource_type import Properties, ResourceType, parts, tail_of_arn, words


def _type(kind: str, ref: str, create_only: str, *, key: str | None = None, **more: Any) -> ResourceType:
    """`ref` and `key` are attributes as words; without a key the Ref is an ARN that ends with the name."""
    named_by: Any = more.pop("named_by", f"{kind}Name")
    return ResourceType(
        name=f"AWS::SageMaker::{kind}",
        service="sagemaker",
        create=f"Create{kind}",
        delete=f"Delete{kind}",
        describe=more.pop("describe", f"Describe{kind}"),
        ref=words(ref),
        key=words(key or named_by),
        recover=more.pop("recover", parts(*words(ref)) if key else tail_of_arn(named_by)),
        create_only=words(create_only),
        update=f"Update{kind}" if more.pop("updates", True) else None,
        named_by=named_by,
        tagged_by=more.pop("tagged_by", f"{kind}Arn"),
        **more,
    )


def _job_definition(kind: str) -> ResourceType:
    return _type(
        f"{kind}JobDefinition",
        "JobDefinitionArn",
        f"JobDefinitionName {kind}AppSpecification {kind}BaselineConfig {kind}JobInput {kind}JobOutputConfig "
        "JobResources NetworkConfig RoleArn StoppingCondition Tags EndpointName",
        named_by="JobDefinitionName",
        tagged_by="JobDefinitionArn",
        updates=False,
    )


def _domain_update(old: Properties, new: Properties) -> Properties:
    settings = dict(new.get("DomainSettings") or {})
    if (server := settings.pop("RStudioServerProDomainSettings", None)) is not None:
        settings["RStudioServerProDomainSettingsForUpdate"] = server
    return {**new, "DomainSettingsForUpdate": settings or None}


def _notebook_update(old: Properties, new: Properties) -> Properties:
    gone = "LifecycleConfigName" in old and "LifecycleConfigName" not in new
    return {**new, "DisassociateLifecycleConfig": True} if gone else new


def _without(properties: Properties, *names: str) -> Properties:
    return {name: value for name, value in properties.items() if name not in names}


def _pipeline(properties: Properties) -> Properties:
    """A definition is written into the template, as text or as an object, or lies in S3."""
    definition = properties["PipelineDefinition"]
    if (place := definition.get("PipelineDefinitionS3Location")) is None:
        body = definition.get("PipelineDefinitionBody", definition)
        return {**properties, "PipelineDefinition": body if isinstance(body, str) else json.dumps(body)}
    location = {"Bucket": place["Bucket"], "ObjectKey": place["Key"], "VersionId": place.get("Version")}
    return {**_without(properties, "PipelineDefinition"), "PipelineDefinitionS3Location": location}


def _added_features(old: Properties, new: Properties) -> Properties:
    known = {feature["FeatureName"] for feature in old["FeatureDefinitions"]}
    added = [feature for feature in new["FeatureDefinitions"] if feature["FeatureName"] not in known]
    return {**new, "FeatureAdditions": added or None}


def _image(properties: Properties) -> Properties:
    renamed = {"Description": "ImageDescription", "DisplayName": "ImageDisplayName", "RoleArn": "ImageRoleArn"}
    members = {member: properties.get(name) for member, name in renamed.items()}
    return {**_without(properties, *renamed.values()), **members}


def _image_version(ref: str, properties: Properties) -> Properties:
    _, name, version = ref.rsplit("/", 2)
    return {"ImageName": name, "Version": version}


def _project(properties: Properties) -> Properties:
    """CloudFormation names what it will be described by, the API what it is asked for."""
    details = properties.get("TemplateProviderDetails") or []
    providers = [{"CfnTemplateProvider": each["CfnTemplateProviderDetail"]} for each in details]
    return {**_without(properties, "TemplateProviderDetails"), "TemplateProviders": providers or None}


TYPES = (
    _type(
        "Domain",
        "DomainId",
        "AuthMode DomainName KmsKeyId",
        key="DomainId",
        named_by="DomainName",
        status="Status",
        to_update=_domain_update,
        create_only_within=("DomainSettings/RStudioServerProDomainSettings/DefaultResourceSpec",),
    ),
    _type(
        "UserProfile",
        "UserProfileName DomainId",
        "DomainId UserProfileName SingleSignOnUserIdentifier SingleSignOnUserValue",
        key="DomainId UserProfileName",
        status="Status",
        create_only_within=(
            "UserSettings/RStudioServerProAppSettings/AccessStatus",
            "UserSettings/RStudioServerProAppSettings/UserGroup",
        ),
    ),
    _type(
        "Space",
        "DomainId SpaceName",
        "DomainId SpaceName SpaceSharingSettings OwnershipSettings",
        key="DomainId SpaceName",
        status="Status",
    ),
    _type(
        "App",
        "AppName AppType DomainId UserProfileName",
        "AppName AppType DomainId UserProfileName ResourceSpec",
        key="DomainId UserProfileName AppType AppName",
        status="Status",
        updates=False,
    ),
    _type("AppImageConfig", "AppImageConfigName", "AppImageConfigName", key="AppImageConfigName"),
    _type(
        "StudioLifecycleConfig",
        "StudioLifecycleConfigName",
        "StudioLifecycleConfigAppType StudioLifecycleConfigContent StudioLifecycleConfigName Tags",
        key="StudioLifecycleConfigName",
        updates=False,
    ),
    _type(
        "Image",
        "ImageArn",
        "ImageName",
        status="ImageStatus",
        to_create=_image,
        to_update=lambda old, new: _image(new),
    ),
    _type(
        "ImageVersion",
        "ImageVersionArn",
        "ImageName BaseImage",
        key="ImageName Version",
        recover=_image_version,
        named_by=None,
        status="ImageVersionStatus",
        tagged_by=None,
    ),
    _type(
        "ModelPackageGroup",
        "ModelPackageGroupArn",
        "ModelPackageGroupName ModelPackageGroupDescription",
        status="ModelPackageGroupStatus",
        updates=False,
    ),
    _type(
        "Pipeline",
        "PipelineName",
        "PipelineName",
        key="PipelineName",
        longest=256,
        to_create=_pipeline,
        to_update=lambda old, new: _pipeline(new),
    ),
    _type(
        "Model",
        "ModelArn",
        "ExecutionRoleArn EnableNetworkIsolation InferenceExecutionConfig PrimaryContainer ModelName VpcConfig "
        "Containers",
        updates=False,
    ),
    _type(
        "EndpointConfig",
        "EndpointConfigArn",
        "KmsKeyId AsyncInferenceConfig ExecutionRoleArn ShadowProductionVariants EnableNetworkIsolation "
        "ProductionVariants DataCaptureConfig ExplainerConfig MetricsConfig EndpointConfigName VpcConfig",
        updates=False,
    ),
    _type("Endpoint", "EndpointArn", "EndpointName", status="EndpointStatus"),
    _type(
        "FeatureGroup",
        "FeatureGroupName",
        "FeatureGroupName RecordIdentifierFeatureName EventTimeFeatureName OfflineStoreConfig RoleArn Description Tags",
        key="FeatureGroupName",
        status="FeatureGroupStatus",
        create_only_within=words(
            "OnlineStoreConfig/EnableOnlineStore OnlineStoreConfig/SecurityConfig OnlineStoreConfig/StorageType"
        ),
        to_update=_added_features,
    ),
    _type(
        "MonitoringSchedule",
        "MonitoringScheduleArn",
        "MonitoringScheduleName",
        status="MonitoringScheduleStatus",
    ),
    *map(_job_definition, ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")),
    _type("MlflowApp", "Arn", "Name RoleArn", key="Arn", named_by="Name", tagged_by="Arn", status="Status"),
    _type(
        "Project",
        "ProjectArn",
        "ProjectName ProjectDescription ServiceCatalogProvisioningDetails TemplateProviderDetails Tags",
        status="ProjectStatus",
        updates=False,
        to_create=_project,
    ),
    _type(
        "NotebookInstance",
        "NotebookInstanceArn",
        "DirectInternetAccess KmsKeyId NotebookInstanceName PlatformIdentifier SecurityGroupIds SubnetId",
        status="NotebookInstanceStatus",
        to_update=_notebook_update,
        stop="StopNotebookInstance",
        start="StartNotebookInstance",
    ),
    _type(
        "NotebookInstanceLifecycleConfig",
        "NotebookInstanceLifecycleConfigArn",
        "NotebookInstanceLifecycleConfigName",
    ),
)
