"""SageMaker projects on the running embedded AWS: a stack from a template in S3, in the name of who asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow

pytestmark = pytest.mark.slow

TEMPLATE = {
    "Parameters": {
        "SageMakerProjectName": {"Type": "String"},
        "SageMakerProjectId": {"Type": "String"},
        "Words": {"Type": "String", "Default": "none"},
    },
    "Resources": {
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": {"Fn::Sub": "/projects/${SageMakerProjectName}"},
                "Type": "String",
                "Value": {"Fn::Sub": "${SageMakerProjectId} ${Words}"},
            },
        }
    },
}


@dataclass
class Templates:
    """A bucket with a template."""

    aws: EmbeddedAws
    bucket: str

    def provider(self, template: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key="one.yaml", Body=json.dumps(template).encode())
        url = f"https://{self.bucket}.s3.us-east-1.amazonaws.com/one.yaml"
        return [{"CfnTemplateProvider": {"TemplateName": "one", "TemplateURL": url, **more}}]

    def ended(self, project: str, sagemaker: Any = None) -> dict[str, Any]:
        client = sagemaker or self.aws.client("sagemaker")
        for _ in eventually():
            found: dict[str, Any] = client.describe_project(ProjectName=project)
            if not found["ProjectStatus"].endswith("InProgress"):
                break
        return found

    def value(self, project: str) -> str:
        found: str = self.aws.client("ssm").get_parameter(Name=f"/projects/{project}")["Parameter"]["Value"]
        return found


@pytest.fixture
def templates(aws: EmbeddedAws, unique: Callable[[str], str]) -> Templates:
    bucket = unique("templates")
    aws.client("s3").create_bucket(Bucket=bucket)
    return Templates(aws, bucket)


def test_a_project_is_what_its_template_says(templates: Templates, unique: Callable[[str], str]) -> None:
    sagemaker, name = templates.aws.client("sagemaker"), unique("project")
    words = [{"Key": "Words", "Value": "hello"}]
    made = sagemaker.create_project(ProjectName=name, TemplateProviders=templates.provider(TEMPLATE, Parameters=words))
    found = templates.ended(name)
    assert found["ProjectStatus"] == "CreateCompleted", found
    assert templates.value(name) == f"{made['ProjectId']} hello"
    stack = found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]["Name"]
    assert stack.startswith("SP-")
    (standing,) = templates.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    assert {"Key": "sagemaker:project-name", "Value": name} in standing["Tags"]


def test_a_project_is_changed_and_goes_with_its_stack(templates: Templates, unique: Callable[[str], str]) -> None:
    sagemaker, name = templates.aws.client("sagemaker"), unique("project")
    sagemaker.create_project(ProjectName=name, TemplateProviders=templates.provider(TEMPLATE))
    templates.ended(name)
    changed = templates.provider(TEMPLATE, Parameters=[{"Key": "Words", "Value": "changed"}])
    sagemaker.update_project(ProjectName=name, TemplateProvidersToUpdate=changed)
    assert templates.ended(name)["ProjectStatus"] == "UpdateCompleted"
    assert templates.value(name).endswith(" changed")
    sagemaker.delete_project(ProjectName=name)
    assert templates.ended(name)["ProjectStatus"] == "DeleteCompleted"
    with pytest.raises(ClientError, match="ParameterNotFound"):
        templates.value(name)


def test_a_template_that_cannot_be_made_fails_the_project_with_the_reason(
    templates: Templates, unique: Callable[[str], str]
) -> None:
    name = unique("project")
    bad = {"Resources": {"Odd": {"Type": "AWS::Odd::Thing"}}}
    templates.aws.client("sagemaker").create_project(ProjectName=name, TemplateProviders=templates.provider(bad))
    found = templates.ended(name)
    assert found["ProjectStatus"] == "CreateFailed"
    detail = found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]
    assert "AWS::Odd::Thing" in detail["StatusMessage"]


def test_who_asks_must_be_let_to_ask_cloudformation_and_to_hand_it_the_role(
    templates: Templates,
    unique: Callable[[str], str],
    role: Callable[..., str],
    client_as: Callable[[str, str], Any],
) -> None:
    launch = role("cloudformation")
    providers = templates.provider(TEMPLATE, RoleARN=launch)
    asked = {"Bool": {"aws:ViaAWSService": "true"}}
    grants = [
        allow("sagemaker:*Project"),
        allow("s3:GetObject", on=f"arn:aws:s3:::{templates.bucket}/*"),
        allow("cloudformation:CreateStack", on="arn:aws:cloudformation:*:*:stack/SP-*", **asked),
        allow("iam:PassRole", on=launch, StringEquals={"iam:PassedToService": "cloudformation.amazonaws.com"}),
    ]
    for missing, says in ((1, "s3:GetObject"), (2, "cloudformation:CreateStack"), (3, "iam:PassRole")):
        member = role("sagemaker", *(grant for index, grant in enumerate(grants) if index != missing))
        with pytest.raises(ClientError, match=says):
            client_as(member, "sagemaker").create_project(ProjectName=unique("p"), TemplateProviders=providers)
    member, name = role("sagemaker", *grants), unique("project")
    client_as(member, "sagemaker").create_project(ProjectName=name, TemplateProviders=providers)
    assert templates.ended(name)["ProjectStatus"] == "CreateCompleted"
    with pytest.raises(ClientError, match="cloudformation:CreateStack"):
        client_as(member, "cloudformation").create_stack(StackName="SP-own", TemplateBody=json.dumps(TEMPLATE))
