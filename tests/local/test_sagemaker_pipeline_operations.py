"""Pipelines as they are kept: definitions, versions, lists, deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws
from tests.local.conftest import allow
from tests.local.pipelines import Pipeline, definition

pytestmark = pytest.mark.slow


@pytest.fixture
def owner(role: Callable[..., str]) -> str:
    return role("sagemaker", allow("s3:*", "sagemaker:*"))


def fail(message: str) -> dict[str, Any]:
    return {"Name": "Only", "Type": "Fail", "Arguments": {"ErrorMessage": message}}


@pytest.fixture
def pipeline(aws: EmbeddedAws, owner: str, unique: Callable[[str], str]) -> Pipeline:
    """A pipeline that fails at once."""
    return Pipeline(aws.client("sagemaker"), unique("pipeline"), owner, fail("one"))


def test_every_update_is_a_version_and_each_can_be_run(pipeline: Pipeline) -> None:
    sagemaker = pipeline.sagemaker
    updated = sagemaker.update_pipeline(PipelineName=pipeline.name, PipelineDefinition=definition(fail("two")))
    assert updated["PipelineVersionId"] == 2
    newest = sagemaker.describe_pipeline(PipelineName=pipeline.name)
    first = sagemaker.describe_pipeline(PipelineName=pipeline.name, PipelineVersionId=1)
    assert newest["PipelineDefinition"] == definition(fail("two"))
    assert first["PipelineDefinition"] == definition(fail("one"))
    assert first["PipelineStatus"] == "Active"
    listed = sagemaker.list_pipeline_versions(PipelineName=pipeline.name)["PipelineVersionSummaries"]
    assert [version["PipelineVersionId"] for version in listed] == [2, 1]

    execution = pipeline.start(PipelineVersionId=1)
    assert pipeline.finished(execution)["PipelineVersionId"] == 1
    assert pipeline.steps(execution)["Only"]["FailureReason"] == "one"
    shown = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution)
    assert shown["PipelineDefinition"] == definition(fail("one"))
    with pytest.raises(ClientError, match=r"ResourceNotFound.*Version 9"):
        pipeline.start(PipelineVersionId=9)


def test_a_definition_can_lie_in_s3(aws: EmbeddedAws, owner: str, unique: Callable[[str], str]) -> None:
    sagemaker, s3, name = aws.client("sagemaker"), aws.client("s3"), unique("pipeline")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="definition.json", Body=definition(fail("from afar")))
    place = {"Bucket": name, "ObjectKey": "definition.json"}
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinitionS3Location=place, RoleArn=owner)
    assert "from afar" in sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]


def test_names_are_unique_and_a_repeated_call_is_the_same_call(
    aws: EmbeddedAws, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("pipeline")
    request = {"PipelineName": name, "PipelineDefinition": definition(fail("one")), "RoleArn": owner}
    token = "a-token-of-at-least-thirty-two-characters"
    first = sagemaker.create_pipeline(**request, ClientRequestToken=token)
    assert sagemaker.create_pipeline(**request, ClientRequestToken=token)["PipelineArn"] == first["PipelineArn"]
    with pytest.raises(ClientError, match="Pipeline names must be unique"):
        sagemaker.create_pipeline(**request)


def test_executions_are_listed_newest_first_and_can_be_named(pipeline: Pipeline) -> None:
    sagemaker = pipeline.sagemaker
    executions = [pipeline.start(PipelineExecutionDisplayName=f"run-{number}") for number in range(3)]
    for execution in executions:
        pipeline.finished(execution)
    sagemaker.update_pipeline_execution(PipelineExecutionArn=executions[0], PipelineExecutionDisplayName="renamed")
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline.name, PaginationConfig={"PageSize": 2}
    )
    listed = [summary for page in pages for summary in page["PipelineExecutionSummaries"]]
    assert [summary["PipelineExecutionArn"] for summary in listed] == executions[::-1]
    assert [summary["PipelineExecutionDisplayName"] for summary in listed] == ["run-2", "run-1", "renamed"]
    assert {summary["PipelineExecutionStatus"] for summary in listed} == {"Failed"}


def test_parameters_of_an_execution_are_shown_as_texts(pipeline: Pipeline) -> None:
    execution = pipeline.start(PipelineParameters=[{"Name": "Rounds", "Value": "7"}])
    shown = pipeline.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)
    assert shown["PipelineParameters"] == [
        {"Name": "Verdict", "Value": "BETTER"},
        {"Name": "Rounds", "Value": "7"},
    ]
    pipeline.finished(execution)


def test_pipelines_are_found_by_the_beginning_of_their_name(pipeline: Pipeline) -> None:
    found = pipeline.sagemaker.list_pipelines(PipelineNamePrefix=pipeline.name)["PipelineSummaries"]
    assert [summary["PipelineArn"] for summary in found] == [pipeline.arn]


def test_a_deleted_pipeline_is_gone_with_its_executions(pipeline: Pipeline) -> None:
    sagemaker, execution = pipeline.sagemaker, pipeline.start()
    pipeline.finished(execution)
    assert sagemaker.delete_pipeline(PipelineName=pipeline.name)["PipelineArn"] == pipeline.arn
    with pytest.raises(ClientError, match=r"ResourceNotFound.*does not exist"):
        sagemaker.describe_pipeline(PipelineName=pipeline.name)
    with pytest.raises(ClientError, match=r"ResourceNotFound.*does not exist"):
        sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)


def test_what_has_ended_can_be_retried_but_not_stopped(pipeline: Pipeline) -> None:
    sagemaker, execution = pipeline.sagemaker, pipeline.start()
    pipeline.finished(execution)
    with pytest.raises(ClientError, match="status Failed cannot be stopped"):
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution)
    sagemaker.retry_pipeline_execution(PipelineExecutionArn=execution)
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Failed"


def test_definitions_are_checked_when_they_come_in(aws: EmbeddedAws, owner: str, unique: Callable[[str], str]) -> None:
    step = {"Name": "Only", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Steps.Other.X"}}}
    with pytest.raises(ClientError, match=r"Unable to parse pipeline definition.*unknown steps: Other"):
        aws.client("sagemaker").create_pipeline(
            PipelineName=unique("bad"), PipelineDefinition=definition(step), RoleArn=owner
        )
