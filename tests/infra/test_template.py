"""Templates as plain data: what becomes of references, dependencies and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.references import MARK, Reference, replaced
from infra.template import MOST_RESOURCES, Resource, Template, logical_id

BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {}}


def test_a_reference_is_what_cloudformation_calls_it() -> None:
    network = Template("risk-dev-network")
    vpc = network.add(["Network", "Vpc"], {"Type": "AWS::EC2::VPC", "Properties": {}})
    group = network.add(["Group"], {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": vpc.ref}})
    network.add(["Rule"], {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"Id": group.get_att("GroupId")}})
    made = network.finished({})
    assert made["Group"]["Properties"]["VpcId"] == {"Ref": vpc.logical_id}
    assert made["Rule"]["Properties"]["Id"] == {"Fn::GetAtt": ["Group", "GroupId"]}


def test_a_reference_inside_a_longer_text_is_joined() -> None:
    key = Resource("s", "Key")
    text = f'{{"arn": "{key.get_att("Arn")}", "id": "{key.ref}"}}'
    assert replaced(text, Reference.intrinsic) == {
        "Fn::Join": ["", ['{"arn": "', {"Fn::GetAtt": ["Key", "Arn"]}, '", "id": "', {"Ref": "Key"}, '"}']]
    }


def test_what_another_stack_refers_to_is_exported_once_and_imported() -> None:
    artifacts, training = Template("risk-dev-artifacts"), Template("risk-dev-training")
    key = artifacts.add(["Key"], {"Type": "AWS::KMS::Key", "Properties": {}})
    for name in ("A", "B"):
        training.add([name], {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": key.get_att("Arn")}})
    made = training.finished({"risk-dev-artifacts": artifacts})
    imported = {resource["Properties"]["KmsKeyId"]["Fn::ImportValue"] for resource in made.values()}
    assert [output["Export"]["Name"] for output in artifacts.outputs.values()] == list(imported)
    assert [output["Value"] for output in artifacts.outputs.values()] == [{"Fn::GetAtt": ["Key", "Arn"]}]
    assert training.needs == {"risk-dev-artifacts"}


def test_an_output_may_refer_as_well() -> None:
    template = Template("s")
    bucket = template.add(["Bucket"], BUCKET)
    template.outputs["Name"] = {"Value": bucket.ref, "Description": "of the bucket"}
    template.finished({})
    assert template.outputs["Name"]["Value"] == {"Ref": "Bucket"}


def test_dependencies_are_named_once_and_in_one_order() -> None:
    template = Template("s")
    first, second = template.add(["Second"], BUCKET), template.add(["First"], BUCKET)
    template.add(["Last"], BUCKET, after=[first, second, first])
    assert template.resources["Last"]["DependsOn"] == ["First", "Second"]


def test_a_resource_cannot_wait_for_one_of_another_stack() -> None:
    with pytest.raises(ValueError, match="Last cannot wait for Bucket of stack a; let its stack wait"):
        Template("b").add(["Last"], BUCKET, after=[Template("a").add(["Bucket"], BUCKET)])


def test_two_resources_with_one_path_are_refused() -> None:
    template = Template("s")
    template.add(["Part", "Bucket"], BUCKET)
    with pytest.raises(ValueError, match="s has two resources Part/Bucket; their ids must differ"):
        template.add(["Part", "Bucket"], BUCKET)


def test_more_than_cloudformation_takes_is_refused() -> None:
    template = Template("risk-dev-operations")
    for index in range(MOST_RESOURCES + 1):
        template.add([f"B{index}"], BUCKET)
    with pytest.raises(ValueError, match="risk-dev-operations has 501 resources and CloudFormation takes 500"):
        template.finished({})


def test_a_token_of_the_cdk_is_refused() -> None:
    with pytest.raises(ValueError, match="a token of the CDK"):
        replaced({"Arn": ["${Token[TOKEN.12]}"]}, Reference.intrinsic)


def test_nothing_is_left_out_but_none() -> None:
    value = {"a": None, "b": [None, 0, "", False, {}], "c": (1.5, "${x}")}
    assert replaced(value, Reference.intrinsic) == {"b": [0, "", False, {}], "c": [1.5, "${x}"]}


def test_paths_that_only_punctuation_tells_apart_have_different_ids() -> None:
    ids = {logical_id(path) for path in (["a-b", "X"], ["ab", "X"], ["a", "bX"], ["a", "b", "X"])}
    assert len(ids) == 4


@given(
    st.from_regex(r"[a-z][a-z0-9-]{0,40}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]{1,60}", fullmatch=True),
    st.from_regex(r"[A-Za-z]+(\.[A-Za-z]+)?", fullmatch=True),
)
def test_every_reference_is_found_again(stack: str, id: str, attribute: str) -> None:
    reference = Reference(stack, id, attribute)
    mark = MARK.fullmatch(str(reference))
    assert mark is not None
    assert Reference(*mark.groups()) == reference
