"""What AWS asks for besides the action itself: keys of encrypted objects, tags of what is made, whose session it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow

pytestmark = pytest.mark.slow
Role = Callable[..., str]
ClientAs = Callable[[str, str], Any]


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    made = aws.client("kms").create_key()["KeyMetadata"]
    return str(made["Arn"])


@pytest.fixture
def bucket(aws: EmbeddedAws, key: str, unique: Callable[[str], str]) -> str:
    """Its objects are encrypted with the key by default."""
    s3, name = aws.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=name)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    s3.put_object(Bucket=name, Key="there", Body=b"x")
    return name


def test_reading_an_encrypted_object_needs_the_key(role: Role, client_as: ClientAs, bucket: str, key: str) -> None:
    with pytest.raises(ClientError, match=f"not authorized to perform: kms:Decrypt on resource: {key}"):
        client_as(role("lambda", allow("s3:*")), "s3").get_object(Bucket=bucket, Key="there")
    reader = client_as(role("lambda", allow("s3:*"), allow("kms:Decrypt", on=key)), "s3")
    assert reader.get_object(Bucket=bucket, Key="there")["Body"].read() == b"x"


def test_writing_an_encrypted_object_needs_the_key(role: Role, client_as: ClientAs, bucket: str, key: str) -> None:
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        client_as(role("lambda", allow("s3:*"), allow("kms:Decrypt")), "s3").put_object(Bucket=bucket, Key="new")
    client_as(role("lambda", allow("s3:*"), allow("kms:GenerateDataKey", on=key)), "s3").put_object(
        Bucket=bucket, Key="new"
    )


def test_a_key_is_known_by_its_alias(
    aws: EmbeddedAws, role: Role, client_as: ClientAs, bucket: str, key: str, unique: Callable[[str], str]
) -> None:
    alias = f"alias/{unique('team')}"
    aws.client("kms").create_alias(AliasName=alias, TargetKeyId=key.rpartition("/")[2])
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    own = role("lambda", allow("s3:*"), allow("kms:Decrypt", "kms:DescribeKey", **named))
    client_as(own, "s3").get_object(Bucket=bucket, Key="there")
    client_as(own, "kms").describe_key(KeyId=key)
    client_as(own, "kms").describe_key(KeyId=alias)
    other = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/other"}}
    foreign = role("lambda", allow("s3:*"), allow("kms:*", **other))
    with pytest.raises(ClientError, match="kms:Decrypt"):
        client_as(foreign, "s3").get_object(Bucket=bucket, Key="there")
    with pytest.raises(ClientError, match="kms:DescribeKey"):
        client_as(foreign, "kms").describe_key(KeyId=key)


def test_tags_are_given_at_the_creation_or_not_at_all(
    role: Role, client_as: ClientAs, unique: Callable[[str], str]
) -> None:
    name = unique("group")
    creating = {"Null": {"sagemaker:TaggingAction": "false"}}
    client = client_as(
        role("lambda", allow("sagemaker:CreateModelPackageGroup"), allow("sagemaker:AddTags", **creating)), "sagemaker"
    )
    tags = [{"Key": "team", "Value": "risk"}]
    arn = client.create_model_package_group(ModelPackageGroupName=name, Tags=tags)["ModelPackageGroupArn"]
    with pytest.raises(ClientError, match="sagemaker:AddTags on resource: " + arn):
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "fraud"}])


def test_a_tag_that_must_be_set_is_asked_for_with_every_resource(
    host: Any, role: Role, client_as: ClientAs, unique: Callable[[str], str]
) -> None:
    """An endpoint is checked together with its configuration: both see the tags of the request."""
    wanted = {"StringEquals": {"aws:RequestTag/team": "risk"}}
    client = client_as(
        role("lambda", allow("sagemaker:CreateEndpoint", **wanted), allow("sagemaker:AddTags")), "sagemaker"
    )
    endpoint = {"EndpointName": unique("endpoint"), "EndpointConfigName": "absent"}
    with pytest.raises(ClientError, match="sagemaker:CreateEndpoint"):
        client.create_endpoint(**endpoint)
    with pytest.raises(ClientError) as refused:
        client.create_endpoint(**endpoint, Tags=[{"Key": "team", "Value": "risk"}])
    assert refused.value.response["Error"]["Code"] != "AccessDeniedException"


def test_a_session_in_studio_says_whose_it_is(aws: EmbeddedAws, role: Role, unique: Callable[[str], str]) -> None:
    sagemaker = aws.client("sagemaker")
    own = "arn:aws:sagemaker:us-east-1:000000000000:user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
    execution = role("sagemaker", allow("sagemaker:DescribeUserProfile", on=own))
    domain_arn = sagemaker.create_domain(
        DomainName=unique("domain"),
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": execution},
        SubnetIds=["subnet-00000001"],
        VpcId="vpc-00000001",
    )["DomainArn"]
    domain = domain_arn.rpartition("/")[2]
    for _ in eventually():
        if sagemaker.describe_domain(DomainId=domain)["Status"] == "InService":
            break
    for name in ("ada", "bob"):
        sagemaker.create_user_profile(DomainId=domain, UserProfileName=name)
    session = aws.post("studio-session", {"DomainId": domain, "UserProfileName": "ada"})
    client = aws.client("sagemaker", session)
    assert client.describe_user_profile(DomainId=domain, UserProfileName="ada")["UserProfileName"] == "ada"
    with pytest.raises(ClientError, match=r"sagemaker:DescribeUserProfile on resource: .*/bob"):
        client.describe_user_profile(DomainId=domain, UserProfileName="bob")
