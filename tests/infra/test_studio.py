"""What the studio stack gives a team, and what a change of the team's file changes of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from core.config.studio import Canvas
from core.contracts.domain_settings import RESOURCE_TYPE, DomainSettings
from core.contracts.studio_instances import SPACE_INSTANCES, STUDIO_INSTANCES
from core.contracts.teardown import MemberUse
from infra.notebooks import SCRIPTS
from local.service.service import service_model
from tests.infra.studio import RICH, changed, of, one, persona, studio

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

SSO = {
    "studio": {"auth": "SSO"},
    "members": [{"name": "ada", "role": "data-scientist", "sso_user": "ada@example.com"}],
    "spaces": [],
}
IMAGES = {"studio": {"images": ["geo"]}, "images": [{"name": "geo", "folder": "containers"}]}
ROLE = "AWS::IAM::Role"
DOMAIN, PROFILE, SPACE = (f"AWS::SageMaker::{kind}" for kind in ("Domain", "UserProfile", "Space"))
HOLD_DATA = {DOMAIN, PROFILE, SPACE, "AWS::SageMaker::NotebookInstance", "AWS::Backup::BackupVault"}


@pytest.fixture(scope="module")
def plain() -> Any:
    return studio()


@pytest.fixture(scope="module")
def domain(plain: Any) -> Any:
    return one(plain, "Domain")


def test_nothing_of_studio_goes_around_the_team_s_network_and_key(domain: Any) -> None:
    assert domain["AppNetworkAccessType"] == "VpcOnly"
    assert "risk-dev-artifacts" in str(domain["KmsKeyId"])
    assert domain["DomainSettings"]["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"
    assert domain["DefaultUserSettings"]["SharingSettings"] == {"NotebookOutputOption": "Disabled"}


def test_idle_applications_of_both_kinds_are_stopped_and_nobody_can_wait_longer(domain: Any) -> None:
    settings = domain["DefaultUserSettings"]
    apps = [settings["JupyterLabAppSettings"], settings["CodeEditorAppSettings"]]
    for app in [*apps, domain["DefaultSpaceSettings"]["JupyterLabAppSettings"]]:
        idle = app["AppLifecycleManagement"]["IdleSettings"]
        assert idle["LifecycleManagement"] == "ENABLED"
        assert idle["IdleTimeoutInMinutes"] == idle["MaxIdleTimeoutInMinutes"] == 120


def test_only_a_domain_with_rstudio_says_who_manages_its_security_groups(domain: Any) -> None:
    """AWS: "AppSecurityGroupManagement can only be set for Rstudio enabled domains", and must be Service there."""
    assert "AppSecurityGroupManagement" not in domain
    assert one(studio(studio={"rstudio": {}}), "Domain")["AppSecurityGroupManagement"] == "Service"


def test_each_member_works_with_the_role_of_the_persona(plain: Any) -> None:
    for member, role in (("ada", "data-scientist"), ("lin", "analyst")):
        settings = one(plain, "UserProfile", UserProfileName=member)["UserSettings"]
        assert settings["ExecutionRole"] == f"arn:aws:iam::111122223333:role/risk-dev-{role}"


def test_a_profile_names_its_person_with_sso_and_nobody_with_iam(plain: Any) -> None:
    profile = one(studio(**SSO), "UserProfile")
    assert (profile["SingleSignOnUserIdentifier"], profile["SingleSignOnUserValue"]) == ("UserName", "ada@example.com")
    assert not [each for each in of(plain, "UserProfile") if "SingleSignOnUserValue" in each]


def test_a_space_is_its_owner_s_and_starts_with_what_the_file_says() -> None:
    code = {"name": "code", "owner": "lin", "app": "CodeEditor", "instance_type": "ml.t3.large", "volume_gb": 50}
    space = one(studio(spaces=[code]), "Space")
    assert space["OwnershipSettings"] == {"OwnerUserProfileName": "lin"}
    assert space["SpaceSettings"]["CodeEditorAppSettings"] == {"DefaultResourceSpec": {"InstanceType": "ml.t3.large"}}
    assert space["SpaceSettings"]["SpaceStorageSettings"]["EbsStorageSettings"] == {"EbsVolumeSizeInGb": 50}


def test_pages_hide_what_the_team_has_not(domain: Any) -> None:
    hidden = domain["DefaultUserSettings"]["StudioWebPortalSettings"]
    assert {"Canvas", "RStudioServerPro", "JupyterServer"} <= set(hidden["HiddenAppTypes"])
    assert {"FeatureStore", "ModelEvaluation", "JumpStart"} <= set(hidden["HiddenMlTools"])
    assert not {"Training", "Pipelines", "Models", "Endpoints"} & set(hidden["HiddenMlTools"])
    assert not {"ml.t3.medium", "ml.m5.large"} & set(hidden["HiddenInstanceTypes"])
    assert "ml.g5.xlarge" in hidden["HiddenInstanceTypes"]
    more = studio(
        studio={"canvas": {}, "rstudio": {}},
        instances={"studio": ["ml.t3.medium", "ml.g5.xlarge"]},
        feature_groups=[{"name": "g", "record_id": "a", "event_time": "b", "features": {"a": "String", "b": "String"}}],
    )
    shown = one(more, "Domain")["DefaultUserSettings"]["StudioWebPortalSettings"]
    assert not {"Canvas", "RStudioServerPro"} & set(shown["HiddenAppTypes"])
    assert not {"FeatureStore", "DataWrangler"} & set(shown["HiddenMlTools"])
    assert "ml.g5.xlarge" not in shown["HiddenInstanceTypes"]
    assert "ml.m5.large" in shown["HiddenInstanceTypes"]


def test_what_is_hidden_exists(domain: Any) -> None:
    for settings in (domain, one(studio(studio={"canvas": {}}), "Domain")):
        hidden = settings["DefaultUserSettings"]["StudioWebPortalSettings"]
        for list_, definition in (("HiddenAppTypes", "AppType"), ("HiddenMlTools", "MlTools")):
            assert set(hidden[list_]) <= known_to_cloudformation("Domain", "StudioWebPortalSettings", list_), definition


def known_to_cloudformation(kind: str, structure: str, member: str) -> set[str]:
    """Values that the schema takes in a list."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", f"AWS::SageMaker::{kind}").schema
    items = schema["definitions"][structure]["properties"][member]
    items = items.get("items", items)
    if "$ref" in items:
        items = schema["definitions"][items["$ref"].rpartition("/")[2]]
    return set(items["enum"])


def test_the_instance_types_are_those_that_cloudformation_and_the_api_both_know() -> None:
    api = set(service_model("sagemaker").shape_for("AppInstanceType").enum)
    both = api & known_to_cloudformation("Domain", "StudioWebPortalSettings", "HiddenInstanceTypes")
    assert set(STUDIO_INSTANCES) == both - {"system"}
    assert set(SPACE_INSTANCES) == both & known_to_cloudformation("Space", "ResourceSpec", "InstanceType") - {"system"}


SCRIPT = {"studio": {"setup": {"JupyterLab": "#!/bin/bash\necho hello\n"}}}


def test_a_script_runs_at_every_start_of_its_kind_of_application() -> None:
    resources = studio(**SCRIPT)
    script = one(resources, "StudioLifecycleConfig")
    assert base64.b64decode(script["StudioLifecycleConfigContent"]) == b"#!/bin/bash\necho hello\n"
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:studio-lifecycle-config/{script['StudioLifecycleConfigName']}"
    domain = one(resources, "Domain")
    for settings in (domain["DefaultUserSettings"], domain["DefaultSpaceSettings"]):
        assert settings["JupyterLabAppSettings"]["BuiltInLifecycleConfigArn"] == arn
    assert "BuiltInLifecycleConfigArn" not in domain["DefaultUserSettings"]["CodeEditorAppSettings"]


def test_another_script_or_tag_is_another_configuration() -> None:
    """SageMaker changes none, and CloudFormation makes the new one before it removes the old one."""
    wishes = [("a", "x"), ("b", "x"), ("a", "y"), ("a", "x")]
    names = [
        one(studio(studio={"setup": {"JupyterLab": script}}, cost_center=tag), "StudioLifecycleConfig")[
            "StudioLifecycleConfigName"
        ]
        for script, tag in wishes
    ]
    assert names[0] == names[3]
    assert len(set(names)) == 3


def test_an_image_can_start_both_applications_and_has_no_version_before_it_is_pushed() -> None:
    resources = studio(**IMAGES)
    assert one(resources, "Image")["ImageName"] == "risk-dev-geo"
    configs = of(resources, "AppImageConfig")
    started = {name for config in configs for name in config if name.endswith("AppImageConfig")}
    assert started == {"JupyterLabAppImageConfig", "CodeEditorAppImageConfig"}
    assert not of(resources, "ImageVersion")
    assert "CustomImages" not in str(one(resources, "Domain"))
    (image,) = DomainSettings.parse(told(resources)).images
    assert set(image.configs.values()) == {config["AppImageConfigName"] for config in configs}


def test_pushes_of_the_team_s_images_wake_the_function_that_makes_versions() -> None:
    resources = studio(**IMAGES)
    rule = one(resources, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["repository-name"] == ["risk-dev/geo"]
    (target,) = rule["Targets"]
    permission = one(resources, "AWS::Lambda::Permission")
    assert permission["SourceArn"].endswith(f"rule/{rule['Name']}")
    assert target["Arn"].endswith(f":{permission['FunctionName']}")
    assert target["DeadLetterConfig"]["Arn"].endswith(":risk-dev-domain-images-dead")


def told(resources: Any) -> Any:
    """What the custom resource hands over; references stand as they are."""
    return one(resources, RESOURCE_TYPE)


def test_canvas_is_set_where_cloudformation_has_no_words_for_it() -> None:
    resources = studio(studio={"canvas": {"deploy_models": True, "forecast": True}})
    settings = {**told(resources), "Canvas": {**told(resources)["Canvas"], "Key": "arn:aws:kms:us-east-1:1:key/k"}}
    canvas = DomainSettings.parse(settings).canvas
    assert canvas is not None
    members = canvas.members()
    assert members["WorkspaceSettings"]["S3ArtifactPath"] == "s3://risk-dev-data-111122223333-us-east-1/canvas/"
    assert members["DirectDeploySettings"] == members["TimeSeriesForecastingSettings"] == {"Status": "ENABLED"}
    assert members["KendraSettings"] == members["EmrServerlessSettings"] == {"Status": "DISABLED"}


def test_settings_that_a_change_of_the_domain_could_take_back_are_set_again_after_it() -> None:
    before, after = studio(studio={"canvas": {}}), studio(studio={"canvas": {}, "idle_minutes": 60})
    assert told(before)["Fingerprint"] != told(after)["Fingerprint"]
    unrelated = studio(studio={"canvas": {}}, cost_center="other")
    assert told(unrelated)["Fingerprint"] == told(before)["Fingerprint"]


def test_no_profile_is_made_while_the_domain_is_still_being_set_up() -> None:
    resources = studio(studio={"canvas": {}})
    (settings,) = [id for id, each in resources.items() if each["Type"] == RESOURCE_TYPE]
    assert all(settings in each["DependsOn"] for each in resources.values() if each["Type"] == PROFILE)


def test_without_such_wishes_there_is_no_function_for_them(plain: Any) -> None:
    assert not of(plain, RESOURCE_TYPE)
    assert not of(plain, "AWS::Events::Rule")


def test_rstudio_serves_every_member_with_a_role_of_its_own() -> None:
    resources = studio(studio={"rstudio": {"connect_url": "https://connect.example.com"}})
    domain = one(resources, "Domain")
    server = domain["DomainSettings"]["RStudioServerProDomainSettings"]
    assert server["RStudioConnectUrl"] == "https://connect.example.com"
    assert server["DomainExecutionRoleArn"].endswith("role/risk-dev-rstudio")
    assert domain["DefaultUserSettings"]["RStudioServerProAppSettings"]["AccessStatus"] == "ENABLED"
    assert "DefaultResourceSpec" not in server, "what is only taken at creation is not said where it is the default"


def test_home_folders_are_backed_up(plain: Any) -> None:
    selection = one(plain, "AWS::Backup::BackupSelection")["BackupSelection"]
    assert "HomeEfsFileSystemId" in str(selection["Resources"])
    assert {each["Type"]: each.get("DeletionPolicy") for each in plain.values()}["AWS::Backup::BackupVault"] == "Retain"


NOTEBOOKS = {"studio": {"notebooks": [{"name": "classic", "owner": "ada"}]}}


def test_a_notebook_instance_is_as_closed_as_studio_and_stops_when_idle() -> None:
    resources = studio(**NOTEBOOKS)
    notebook = one(resources, "NotebookInstance")
    assert (notebook["DirectInternetAccess"], notebook["RootAccess"]) == ("Disabled", "Disabled")
    assert notebook["InstanceMetadataServiceConfiguration"] == {"MinimumInstanceMetadataServiceVersion": "2"}
    assert notebook["RoleArn"].endswith("role/risk-dev-data-scientist")
    assert notebook["KmsKeyId"]
    script = one(resources, "NotebookInstanceLifecycleConfig")
    assert notebook["LifecycleConfigName"] == script["NotebookInstanceLifecycleConfigName"]
    content = script["OnStart"][0]["Content"]
    text = base64.b64decode(content).decode()
    assert (SCRIPTS / "idle.py").read_text().strip() in text
    assert "idle.py 120)" in text
    assert "@" not in text.replace("@PYTHON@", "")
    assert len(content) <= 16_384


def test_instances_may_stop_themselves_and_no_others() -> None:
    statements = persona("data-scientist", **NOTEBOOKS)
    (stop,) = [each for each in statements if "sagemaker:StopNotebookInstance" in each["Action"]]
    assert stop["Resource"] == ["arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/risk-dev-classic"]
    assert "StopNotebookInstance" not in str(persona("analyst", **NOTEBOOKS))


@pytest.mark.parametrize("canvas", [Canvas(), Canvas(deploy_models=True)])
def test_canvas_reaches_what_it_made_in_the_own_domain_only(canvas: Canvas) -> None:
    statements = persona("analyst", studio={"canvas": canvas.model_dump()})
    using = [each for each in statements if "sagemaker:DescribeModel" in each["Action"]]
    assert using
    for statement in using:
        assert "DomainArn" in str(statement["Condition"]["StringEquals"]["aws:ResourceTag/sagemaker:domain-arn"])
    making = [each for each in statements if "sagemaker:CreateModel" in each["Action"]]
    assert ("sagemaker:CreateEndpoint" in str(making)) == canvas.deploy_models


LATER: dict[str, tuple[dict[str, Any], dict[str, set[str]]]] = {
    "a member": (
        {"members": [*RICH["members"], {"name": "kay", "role": "analyst"}]},
        {"made": {PROFILE, MemberUse.TYPE}, "changed": set()},
    ),
    "a space": (
        {"spaces": [*RICH["spaces"], {"name": "more", "owner": "lin"}]},
        {"made": {SPACE}, "changed": set()},
    ),
    "a larger volume": (
        {"spaces": [{"name": "desk", "owner": "ada", "volume_gb": 50}]},
        {"made": set(), "changed": {SPACE}},
    ),
    "another idle time": ({"studio": {"idle_minutes": 60}}, {"made": set(), "changed": {DOMAIN}}),
    "RStudio": ({"studio": {"rstudio": {}}}, {"made": {ROLE}, "changed": {DOMAIN}}),
}


@pytest.mark.parametrize("what", LATER)
def test_a_change_changes_nothing_else(what: str, plain: Any) -> None:
    sections, expected = LATER[what]
    assert changed(plain, studio(**sections)) == {"gone": set(), **expected}


@pytest.mark.parametrize(
    "sections",
    [*(sections for sections, _ in LATER.values()), SCRIPT, IMAGES, NOTEBOOKS, {"studio": {"canvas": {}}}],
)
def test_no_change_takes_away_or_replaces_what_holds_data(sections: Any, plain: Any) -> None:
    after = studio(**sections)
    assert not changed(plain, after)["gone"]
    for id, resource in plain.items():
        if resource["Type"] in HOLD_DATA:
            assert not replacing(resource["Type"], resource["Properties"], after[id]["Properties"]), id


def replacing(type: str, before: Any, after: Any) -> list[str]:
    """Properties for whose change CloudFormation replaces a resource, by its own schema."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    paths = [pointer.removeprefix("/properties/").split("/") for pointer in schema.get("createOnlyProperties", [])]
    return ["/".join(path) for path in paths if at(before, path) != at(after, path)]


def at(properties: Any, path: list[str]) -> Any:
    for name in path:
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties
