"""The training pipeline of one model: prepare -> train -> baseline and gate -> register, or fail with the reason.

Each step writes below one prefix per execution (`core.contracts.stages`), so that an execution can be read, repeated
and deleted as a whole. Roles are found by their computed names; ids that AWS generates are placeholders.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    CheckpointConfig,
    MetricDefinition,
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    StoppingCondition,
    Tag,
)
from sagemaker.core.training.configs import Compute, InputData, Networking
from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.train import ModelTrainer

from core.config.environment import Environment
from core.config.model import Model
from core.config.team import Team
from core.contracts import definition as placeholder
from core.contracts import evaluation, images, stages
from core.contracts.environment import JobEnvironment, PrepareEnvironment
from core.contracts.instances import has_local_storage
from core.contracts.parameters import TrainingParameters
from core.contracts.reports import CONSTRAINTS, STATISTICS
from core.contracts.training import metrics_of
from pipelines.offline import session
from pipelines.register import RegisterPackage

VOLUME_GB = 30


def definition(
    team: Team, environment: Environment, model: Model, account: str, region: str, image_uris: Mapping[str, str]
) -> str:
    """Compile the pipeline to JSON; see `pipelines.compiled.training_definition`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK warns at every step that a pipeline session starts no job
        compiled = json.loads(_Training(team, environment, model, account, region, image_uris).pipeline().definition())
    return json.dumps({key: value for key, value in compiled.items() if value is not None}, indent=1)


@dataclass(frozen=True)
class _Training:
    """What every step of one model's pipeline shares."""

    team: Team
    environment: Environment
    model: Model
    account: str
    region: str
    image_uris: Mapping[str, str]

    def pipeline(self) -> Any:
        prepare = self._prepare()
        train = self._train(prepare)
        model_uri = train.properties.ModelArtifacts.S3ModelArtifacts
        baseline = self._baseline(model_uri)
        gate, verdict = self._gate(model_uri)
        return Pipeline(
            name=self._names.pipeline,
            parameters=list(self._parameters.values()),
            steps=[prepare, train, baseline, gate, self._release(model_uri, baseline, gate, verdict)],
            sagemaker_session=self._session,
        )

    def _prepare(self) -> Any:
        own = self._job_environment
        chosen = {
            field.name: TrainingParameters.parameter(field.name)
            for field in fields(PrepareEnvironment)
            if field.name not in {f.name for f in fields(JobEnvironment)}
        }
        variables = {**own, **{name.upper(): self._parameters[parameter] for name, parameter in chosen.items()}}
        outputs = [stages.TRAIN, stages.VALIDATION, stages.TEST]
        return self._processing("Prepare", images.PREPARE, variables, {}, outputs)

    def _train(self, prepare: Any) -> Any:
        training = self.model.training
        checkpoints = (
            {"checkpoint_config": CheckpointConfig(s3_uri=self._folder("checkpoints"))} if training.spot else {}
        )
        limit = training.max_runtime_minutes * 60
        waits = {"max_wait_time_in_seconds": 2 * limit} if training.spot else {}
        trainer = ModelTrainer(
            sagemaker_session=self._session,
            role=self._role("training"),
            training_image=self.image_uris[training.image or images.TRAIN.name],
            compute=Compute(
                instance_type=training.instance_type,
                instance_count=training.instance_count,
                volume_size_in_gb=VOLUME_GB,
                volume_kms_key_id=_volume_key(training.instance_type),
                enable_managed_spot_training=training.spot,
            ),
            networking=Networking(
                subnets=self._subnets,
                security_group_ids=[placeholder.SECURITY_GROUP],
                enable_network_isolation=True,
                enable_inter_container_traffic_encryption=True,
            ),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=limit, **waits),
            output_data_config=OutputDataConfig(
                s3_output_path=self._folder(stages.MODEL), kms_key_id=placeholder.KEY_ARN
            ),
            input_data_config=[
                InputData(channel_name=name, data_source=_output_of(prepare, name))
                for name in (stages.TRAIN, stages.VALIDATION)
            ],
            hyperparameters={name: str(value) for name, value in training.hyperparameters.items()},
            tags=[Tag(key=key, value=value) for key, value in self._tags.items()],
            **checkpoints,
        )
        if training.image is None:  # what an image of the team's own prints is not known
            metrics = metrics_of(self.model.problem).items()
            trainer = trainer.with_metric_definitions([MetricDefinition(name=at, regex=form) for at, form in metrics])
        return TrainingStep(name="Train", step_args=trainer.train(), retry_policies=_retries())

    def _baseline(self, model_uri: Any) -> Any:
        inputs = {stages.MODEL: model_uri, **{name: self._folder(name) for name in (stages.TRAIN, stages.TEST)}}
        return self._processing("Baseline", images.BASELINE, self._job_environment, inputs, [stages.BASELINE])

    def _gate(self, model_uri: Any) -> tuple[Any, Any]:
        inputs = {stages.MODEL: model_uri, stages.TEST: self._folder(stages.TEST)}
        verdict = PropertyFile(name=evaluation.PROPERTY_FILE, output_name=stages.EVALUATION, path=evaluation.FILE)
        step = self._processing(
            "Gate", images.GATE, self._job_environment, inputs, [stages.EVALUATION], property_files=[verdict]
        )
        return step, verdict

    def _release(self, model_uri: Any, baseline: Any, gate: Any, verdict: Any) -> Any:
        """Only BETTER is registered; anything else ends the execution with the gate's reason."""
        says = JsonGet(step_name=gate.name, property_file=verdict, json_path=evaluation.VERDICT_PATH)
        why = JsonGet(step_name=gate.name, property_file=verdict, json_path=evaluation.REASON_PATH)
        refused = FailStep(name="Refuse", error_message=Join(on=": ", values=["the gate refused the model", why]))
        register = RegisterPackage("Register", self._package(model_uri))
        return ConditionStep(
            name="IsBetter",
            conditions=[ConditionEquals(left=says, right="BETTER")],
            if_steps=[register],
            else_steps=[refused],
            depends_on=[baseline],
        )

    def _package(self, model_uri: Any) -> dict[str, Any]:
        def metric(folder: str, file: str) -> dict[str, Any]:
            return {"ContentType": "application/json", "S3Uri": Join(on="/", values=[self._folder(folder), file])}

        approved = self.model.releasing.approval == "automatic"
        return {
            "ModelPackageGroupName": self._names.package_group,
            "ModelApprovalStatus": "Approved" if approved else "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [{"Image": self.image_uris[images.SERVE.name], "ModelDataUrl": model_uri}],
                "SupportedContentTypes": ["text/csv", "application/json"],
                "SupportedResponseMIMETypes": ["text/csv", "application/json"],
                "SupportedRealtimeInferenceInstanceTypes": [self.model.serving.instance_type],
                "SupportedTransformInstanceTypes": [self.model.serving.instance_type],
            },
            "ModelMetrics": {
                "ModelDataQuality": {
                    "Statistics": metric(stages.BASELINE, STATISTICS),
                    "Constraints": metric(stages.BASELINE, CONSTRAINTS),
                },
                "ModelQuality": {"Statistics": metric(stages.EVALUATION, evaluation.FILE)},
            },
            "CustomerMetadataProperties": {
                "episode": self._parameters[TrainingParameters.parameter("episode")],
                "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            },
        }

    def _processing(
        self,
        name: str,
        program: images.Program,
        variables: Mapping[str, Any],
        inputs: Mapping[str, Any],
        outputs: list[str],
        property_files: list[Any] | None = None,
    ) -> Any:
        processor = Processor(
            role=self._role("processing"),
            image_uri=self.image_uris[images.PROCESS.name],
            entrypoint=list(program.entrypoint),
            instance_count=1,
            instance_type=self.model.training.processing_instance_type,
            volume_size_in_gb=VOLUME_GB,
            volume_kms_key=_volume_key(self.model.training.processing_instance_type),
            output_kms_key=placeholder.KEY_ARN,
            max_runtime_in_seconds=self.model.training.max_runtime_minutes * 60,
            sagemaker_session=self._session,
            env=dict(variables),
            tags=[{"Key": key, "Value": value} for key, value in self._tags.items()],
            network_config=NetworkConfig(
                enable_network_isolation=False,  # it reads its inputs of variable number from S3 by itself
                security_group_ids=[placeholder.SECURITY_GROUP],
                subnets=self._subnets,
                encrypt_inter_container_traffic=True,
            ),
        )
        step_args = processor.run(
            inputs=[_input(folder, uri) for folder, uri in inputs.items()],
            outputs=[self._output(folder) for folder in outputs],
        )
        return ProcessingStep(name=name, step_args=step_args, property_files=property_files, retry_policies=_retries())

    def _output(self, folder: str) -> Any:
        return ProcessingOutput(
            output_name=folder,
            s3_output=ProcessingS3Output(
                s3_uri=self._folder(folder), local_path=stages.processing_output(folder), s3_upload_mode="EndOfJob"
            ),
        )

    def _folder(self, folder: str) -> Any:
        """S3 URI of one folder of this execution, without a slash at its end."""
        bucket = self._names.of.bucket("models", self.account, self.region)
        prefix = f"s3://{bucket}/{self._names.artifact_prefix}".rstrip("/")
        return Join(on="/", values=[prefix, ExecutionVariables.PIPELINE_EXECUTION_ID, folder])

    def _role(self, kind: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{self._names.of.role(kind)}"

    @cached_property
    def _names(self) -> Any:
        return self.team.names(self.environment).model(self.model.name)

    @property
    def _tags(self) -> dict[str, str]:
        """SageMaker gives a pipeline's jobs none of the pipeline's own tags."""
        return self.team.names(self.environment).tags(self.team.cost_center)

    @cached_property
    def _session(self) -> Any:
        return session(self.region, self._names.of.bucket("models", self.account, self.region))

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        return {
            name: ParameterString(name=name, default_value=default)
            for name, default in TrainingParameters.defaults().items()
        }

    @cached_property
    def _job_environment(self) -> dict[str, str]:
        team, environment = self.team.team, self.environment.name
        return JobEnvironment(team, environment, self.model.name, self.account, self.region).variables()

    @cached_property
    def _subnets(self) -> list[str]:
        return [placeholder.subnet(index) for index in range(len(self.environment.network.availability_zones))]


def _input(folder: str, uri: Any) -> Any:
    return ProcessingInput(
        input_name=folder,
        s3_input=ProcessingS3Input(
            s3_uri=uri, local_path=stages.processing_input(folder), s3_data_type="S3Prefix", s3_input_mode="File"
        ),
    )


def _output_of(step: Any, folder: str) -> Any:
    return step.properties.ProcessingOutputConfig.Outputs[folder].S3Output.S3Uri


def _volume_key(instance_type: str) -> str | None:
    return None if has_local_storage(instance_type) else placeholder.KEY_ARN


def _retries() -> list[Any]:
    """What is worth another try: capacity and limits for hours, the service's own faults for minutes."""
    capacity = [
        SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT,
        SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
        SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
    ]
    service = [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING]
    return [
        SageMakerJobStepRetryPolicy(exception_types=capacity, interval_seconds=60, backoff_rate=2.0, max_attempts=5),
        StepRetryPolicy(exception_types=service, interval_seconds=5, backoff_rate=2.0, max_attempts=5),
    ]
