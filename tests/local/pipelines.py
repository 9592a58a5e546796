"""Pipelines for tests: steps with programs of a few lines, and one pipeline as an object."""

from __future__ import annotations

import json
from typing import Any

from local.start import eventually
from tests.local.images import Images

COPY = """
import os, pathlib, sys
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
out = root / "processing/output/out"
verdict = os.environ.get("VERDICT", "BETTER")
(out / "evaluation.json").write_text('{"verdict": "%s", "metrics": [{"auc": 0.9}]}' % verdict)
(root / "output/message").write_text("copied")
"""
TRAIN = """
import os, pathlib
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
assert (root / "input/data/train/evaluation.json").exists()
(root / "model/model").write_text("a model")
print("auc=0.9;")
"""
WAIT = "import time; print('waiting', flush=True); time.sleep(900)"
FAIL = "import sys; sys.exit(1)"


def processing(name: str, role: str, bucket: str, image: str = "pipeline-copy", **more: Any) -> dict[str, Any]:
    place = {"Std:Join": {"On": "/", "Values": [f"s3://{bucket}", {"Get": "Execution.PipelineExecutionId"}, name]}}
    output = {"S3Uri": place, "LocalPath": "/opt/ml/processing/output/out", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    arguments = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": Images.uri(image)},
        "RoleArn": role,
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
        "Environment": {"VERDICT": {"Get": "Parameters.Verdict"}},
    }
    files = [{"PropertyFileName": "Evaluation", "OutputName": "out", "FilePath": "evaluation.json"}]
    return {"Name": name, "Type": "Processing", "Arguments": arguments, "PropertyFiles": files, **more}


def training(name: str, role: str, bucket: str, data: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": {"Get": f"Steps.{data}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"},
    }
    arguments = {
        "AlgorithmSpecification": {
            "TrainingImage": Images.uri("pipeline-train"),
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+);"}],
        },
        "RoleArn": role,
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    return {"Name": name, "Type": "Training", "Arguments": arguments}


def register(group: str, train: str) -> dict[str, Any]:
    container = {
        "Image": Images.uri("serve"),
        "ModelDataUrl": {"Get": f"Steps.{train}.ModelArtifacts.S3ModelArtifacts"},
    }
    arguments = {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "CustomerMetadataProperties": {"execution": {"Get": "Execution.PipelineExecutionArn"}},
    }
    return {"Name": "Register", "Type": "RegisterModel", "Arguments": arguments}


def verdict(step: str, path: str = "verdict") -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.Evaluation"}, "Path": path}}


def definition(*steps: dict[str, Any]) -> str:
    parameters = [
        {"Name": "Verdict", "Type": "String", "DefaultValue": "BETTER", "EnumValues": ["BETTER", "WORSE"]},
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
    ]
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": list(steps)})


class Pipeline:
    """One pipeline of a test."""

    def __init__(self, sagemaker: Any, name: str, role: str, *steps: dict[str, Any]) -> None:
        self.sagemaker, self.name = sagemaker, name
        self.arn = sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(*steps), RoleArn=role)[
            "PipelineArn"
        ]

    def start(self, **request: Any) -> str:
        arn: str = self.sagemaker.start_pipeline_execution(PipelineName=self.name, **request)["PipelineExecutionArn"]
        return arn

    def finished(self, execution: str) -> dict[str, Any]:
        for _ in eventually():
            found: dict[str, Any] = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
            if found["PipelineExecutionStatus"] in ("Succeeded", "Failed", "Stopped"):
                return found
        raise AssertionError

    def steps(self, execution: str) -> dict[str, dict[str, Any]]:
        listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution, SortOrder="Ascending")
        return {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}
