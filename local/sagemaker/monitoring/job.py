"""The processing job of one run of a monitor: the environment and folders that AWS promises its container.

Source: SageMaker developer guide, "Container contract inputs" and "Container contract outputs" of Model Monitor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.contracts.capture import hour_folder
from local.sagemaker.monitoring.analysis import Analysis
from local.sagemaker.store import Record

BASELINE = "/opt/ml/processing/baseline"
CONFIG = "/opt/ml/processing/input/config"
GROUND_TRUTH = "/opt/ml/processing/groundtruth"
MANIFEST = ".jsonl"
FORMAT = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
_ATTRIBUTES = {
    "FeaturesAttribute": "features_attribute",
    "InferenceAttribute": "inference_attribute",
    "ProbabilityAttribute": "probability_attribute",
    "ProbabilityThresholdAttribute": "probability_threshold_attribute",
    "ExcludeFeaturesAttribute": "exclude_features_attribute",
}
_SCRIPTS = {
    "RecordPreprocessorSourceUri": "record_preprocessor_script",
    "PostAnalyticsProcessorSourceUri": "post_analytics_processor_script",
}


@dataclass(frozen=True, slots=True)
class Window:
    """One run: the schedule's name, the time that it looks at, and the captured folders that have data.

    `data` maps folders below the capture's destination (`<endpoint>/<variant>/yyyy/mm/dd/hh`) to S3 URIs; of transform
    jobs, a folder for each manifest (`<input or output>/yyyy/mm/dd/hh/<its name>`) to the manifest.
    """

    schedule: str
    start: datetime
    end: datetime
    prefix: str
    data: Mapping[str, str]


def request(analysis: Analysis, window: Window, name: str) -> Record:
    """CreateProcessingJob for the run."""
    app, output = analysis.app, analysis.output
    commands = {key: app[key] for key in ("ContainerEntrypoint", "ContainerArguments") if key in app}
    place = "/".join(filter(None, (output["S3Uri"].rstrip("/"), analysis.endpoint, window.schedule)))
    where = f"{place}/{hour_folder(window.end)}"
    result = {"S3Uri": where, "LocalPath": output["LocalPath"], "S3UploadMode": output.get("S3UploadMode", "EndOfJob")}
    return {
        "ProcessingJobName": name,
        "AppSpecification": {"ImageUri": app["ImageUri"], **commands},
        "Environment": {**environment(analysis, window), **analysis.environment},
        "ProcessingInputs": [_input(f"input-{n}", *each) for n, each in enumerate(_inputs(analysis, window), 1)],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "result", "S3Output": result}]},
        "ProcessingResources": {"ClusterConfig": analysis.cluster},
        "RoleArn": analysis.role_arn,
        **analysis.more,
    }


def environment(analysis: Analysis, window: Window) -> dict[str, str]:
    """The variables that AWS sets; a definition's own ones are added to them."""
    source, app, baseline = analysis.source, analysis.app, analysis.baseline
    variables = {
        "dataset_format": json.dumps(FORMAT if analysis.endpoint else _csv(source)),
        "dataset_source": source["LocalPath"],
        "output_path": analysis.output["LocalPath"],
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_monitoring_schedule_name": window.schedule,
        "start_time": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
        "end_time": f"{window.end:%Y-%m-%dT%H:%M:%SZ}",
    }
    if analysis.endpoint:
        variables |= {
            "sagemaker_endpoint_name": analysis.endpoint,
            "sagemaker_endpoint_datacapture_prefix": window.prefix,
        }
    if analysis.kind == "ModelQuality":
        variables |= {"analysis_type": "MODEL_QUALITY", "problem_type": app.get("ProblemType", "")}
    for kind in ("Constraints", "Statistics"):
        if uri := baseline.get(f"{kind}Resource", {}).get("S3Uri"):
            variables[f"baseline_{kind.lower()}"] = f"{BASELINE}/{kind.lower()}/{uri.rsplit('/', 1)[-1]}"
    variables |= {variable: str(source[member]) for member, variable in _ATTRIBUTES.items() if member in source}
    return variables | {variable: app[member] for member, variable in _SCRIPTS.items() if member in app}


def _csv(source: Record) -> Record:
    header = bool(source["DatasetFormat"]["Csv"].get("Header"))
    return {"csv": {"header": str(header).lower()}}


def _inputs(analysis: Analysis, window: Window) -> list[tuple[str, str]]:
    """S3 URI and local folder of everything that the job reads."""
    local = analysis.source["LocalPath"].rstrip("/")
    inputs = [(uri, f"{local}/{folder}") for folder, uri in window.data.items()]
    for kind in ("Constraints", "Statistics"):
        if uri := analysis.baseline.get(f"{kind}Resource", {}).get("S3Uri"):
            inputs.append((uri, f"{BASELINE}/{kind.lower()}"))
    if config := analysis.app.get("ConfigUri"):
        inputs.append((config, CONFIG))
    return inputs


def _input(name: str, uri: str, folder: str) -> Record:
    """What transform jobs read and wrote is named by manifests."""
    type = "ManifestFile" if uri.endswith(MANIFEST) else "S3Prefix"
    place = {"S3Uri": uri, "LocalPath": folder, "S3DataType": type, "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}
