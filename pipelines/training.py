"""The training pipeline of one model: prepare -> train -> baseline and gate -> register, or fail with the reason.

Each step writes below one prefix per execution (`core.contracts.stages`), so that an execution can be read, repeated
and deleted as a whole. Roles are found by their computed names; ids that AWS generates are placeholders.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline

from core.config.environment import Environment
from core.config.model import Model
from core.config.team import Team
from core.contracts import evaluation, images, stages
from core.contracts.environment import JobEnvironment, PrepareEnvironment
from core.contracts.parameters import TrainingParameters
from pipelines.processing import processing_step
from pipelines.register import RegisterPackage, package
from pipelines.setting import Setting
from pipelines.train import train_step


def definition(
    team: Team, environment: Environment, model: Model, account: str, region: str, image_uris: Mapping[str, str]
) -> str:
    """Compile the pipeline to JSON; see `pipelines.compiled.training_definition`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK warns at every step that a pipeline session starts no job
        compiled = json.loads(_pipeline(Setting(team, environment, model, account, region, image_uris)).definition())
    return json.dumps({key: value for key, value in compiled.items() if value is not None}, indent=1)


def _pipeline(setting: Setting) -> Any:
    prepare = _prepare(setting)
    train = train_step(setting, prepare)
    model_uri = train.properties.ModelArtifacts.S3ModelArtifacts
    baseline = _baseline(setting, model_uri)
    gate, verdict = _gate(setting, model_uri)
    return Pipeline(
        name=setting.names.pipeline,
        parameters=list(setting.parameters.values()),
        steps=[prepare, train, baseline, gate, _release(setting, model_uri, baseline, gate, verdict)],
        sagemaker_session=setting.session,
    )


def _prepare(setting: Setting) -> Any:
    own = setting.job_environment
    chosen = {
        field.name: TrainingParameters.parameter(field.name)
        for field in fields(PrepareEnvironment)
        if field.name not in {f.name for f in fields(JobEnvironment)}
    }
    variables = {**own, **{name.upper(): setting.parameters[parameter] for name, parameter in chosen.items()}}
    outputs = [stages.TRAIN, stages.VALIDATION, stages.TEST]
    return processing_step(setting, "Prepare", images.PREPARE, variables, {}, outputs)


def _baseline(setting: Setting, model_uri: Any) -> Any:
    inputs = {stages.MODEL: model_uri, **{name: setting.folder(name) for name in (stages.TRAIN, stages.TEST)}}
    return processing_step(setting, "Baseline", images.BASELINE, setting.job_environment, inputs, [stages.BASELINE])


def _gate(setting: Setting, model_uri: Any) -> tuple[Any, Any]:
    inputs = {stages.MODEL: model_uri, stages.TEST: setting.folder(stages.TEST)}
    verdict = PropertyFile(name=evaluation.PROPERTY_FILE, output_name=stages.EVALUATION, path=evaluation.FILE)
    step = processing_step(
        setting, "Gate", images.GATE, setting.job_environment, inputs, [stages.EVALUATION], property_files=[verdict]
    )
    return step, verdict


def _release(setting: Setting, model_uri: Any, baseline: Any, gate: Any, verdict: Any) -> Any:
    """Only BETTER is registered; anything else ends the execution with the gate's reason."""
    says = JsonGet(step_name=gate.name, property_file=verdict, json_path=evaluation.VERDICT_PATH)
    why = JsonGet(step_name=gate.name, property_file=verdict, json_path=evaluation.REASON_PATH)
    refused = FailStep(name="Refuse", error_message=Join(on=": ", values=["the gate refused the model", why]))
    register = RegisterPackage("Register", package(setting, model_uri))
    return ConditionStep(
        name="IsBetter",
        conditions=[ConditionEquals(left=says, right="BETTER")],
        if_steps=[register],
        else_steps=[refused],
        depends_on=[baseline],
    )
