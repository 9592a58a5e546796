"""Steps that run a program of the platform's own as a processing job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.mlops.workflow.steps import ProcessingStep

from core.contracts import definition as placeholder
from core.contracts import images, stages
from pipelines.retries import retries
from pipelines.setting import VOLUME_GB, Setting, volume_key


def processing_step(
    setting: Setting,
    name: str,
    program: images.Program,
    variables: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outputs: list[str],
    property_files: list[Any] | None = None,
) -> Any:
    """`inputs`: folder -> URI. `outputs`: folders of the execution."""
    processor = Processor(
        role=setting.role("processing"),
        image_uri=setting.image_uris[images.PROCESS.name],
        entrypoint=list(program.entrypoint),
        instance_count=1,
        instance_type=setting.model.training.processing_instance_type,
        volume_size_in_gb=VOLUME_GB,
        volume_kms_key=volume_key(setting.model.training.processing_instance_type),
        output_kms_key=placeholder.KEY_ARN,
        max_runtime_in_seconds=setting.model.training.max_runtime_minutes * 60,
        sagemaker_session=setting.session,
        env=dict(variables),
        tags=[{"Key": key, "Value": value} for key, value in setting.tags.items()],
        network_config=NetworkConfig(
            enable_network_isolation=False,  # it reads its inputs of variable number from S3 by itself
            security_group_ids=[placeholder.SECURITY_GROUP],
            subnets=setting.subnets,
            encrypt_inter_container_traffic=True,
        ),
    )
    step_args = processor.run(
        inputs=[_input(folder, uri) for folder, uri in inputs.items()],
        outputs=[_output(folder, setting.folder(folder)) for folder in outputs],
    )
    return ProcessingStep(name=name, step_args=step_args, property_files=property_files, retry_policies=retries())


def _input(folder: str, uri: Any) -> Any:
    return ProcessingInput(
        input_name=folder,
        s3_input=ProcessingS3Input(
            s3_uri=uri, local_path=stages.processing_input(folder), s3_data_type="S3Prefix", s3_input_mode="File"
        ),
    )


def _output(folder: str, uri: Any) -> Any:
    return ProcessingOutput(
        output_name=folder,
        s3_output=ProcessingS3Output(
            s3_uri=uri, local_path=stages.processing_output(folder), s3_upload_mode="EndOfJob"
        ),
    )
