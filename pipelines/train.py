"""The step that trains."""

from __future__ import annotations

from typing import Any

from sagemaker.core.shapes import CheckpointConfig, MetricDefinition, OutputDataConfig, StoppingCondition, Tag
from sagemaker.core.training.configs import Compute, InputData, Networking
from sagemaker.mlops.workflow.steps import TrainingStep
from sagemaker.train import ModelTrainer

from core.contracts import definition as placeholder
from core.contracts import images, stages
from core.contracts.training import metrics_of
from pipelines.retries import retries
from pipelines.setting import VOLUME_GB, Setting, volume_key


def train_step(setting: Setting, prepare: Any) -> Any:
    """With the platform's own image, or one of the team's."""
    training = setting.model.training
    checkpoints = {"checkpoint_config": CheckpointConfig(s3_uri=setting.folder("checkpoints"))} if training.spot else {}
    limit = training.max_runtime_minutes * 60
    waits = {"max_wait_time_in_seconds": 2 * limit} if training.spot else {}
    trainer = ModelTrainer(
        sagemaker_session=setting.session,
        role=setting.role("training"),
        training_image=setting.image_uris[training.image or images.TRAIN.name],
        compute=Compute(
            instance_type=training.instance_type,
            instance_count=training.instance_count,
            volume_size_in_gb=VOLUME_GB,
            volume_kms_key_id=volume_key(training.instance_type),
            enable_managed_spot_training=training.spot,
        ),
        networking=Networking(
            subnets=setting.subnets,
            security_group_ids=[placeholder.SECURITY_GROUP],
            enable_network_isolation=True,
            enable_inter_container_traffic_encryption=True,
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=limit, **waits),
        output_data_config=OutputDataConfig(
            s3_output_path=setting.folder(stages.MODEL), kms_key_id=placeholder.KEY_ARN
        ),
        input_data_config=[
            InputData(channel_name=name, data_source=_output_of(prepare, name))
            for name in (stages.TRAIN, stages.VALIDATION)
        ],
        hyperparameters={name: str(value) for name, value in training.hyperparameters.items()},
        tags=[Tag(key=key, value=value) for key, value in setting.tags.items()],
        **checkpoints,
    )
    if training.image is None:  # what an image of the team's own prints is not known
        metrics = metrics_of(setting.model.problem).items()
        trainer = trainer.with_metric_definitions([MetricDefinition(name=at, regex=form) for at, form in metrics])
    return TrainingStep(name="Train", step_args=trainer.train(), retry_policies=retries())


def _output_of(step: Any, folder: str) -> Any:
    return step.properties.ProcessingOutputConfig.Outputs[folder].S3Output.S3Uri
