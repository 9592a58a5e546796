"""Batch transform: the records of objects in S3, through the model's own server, into objects beside them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from local.sagemaker.endpoints.instance import Instance
from local.sagemaker.endpoints.models import LaunchFailed, ServedModel
from local.sagemaker.jobs import transfer, transform_capture
from local.sagemaker.jobs.folder import Folder
from local.sagemaker.jobs.jobs import Jobs, JobType
from local.sagemaker.jobs.run import JobFailed, Outcome, Run
from local.sagemaker.kinds import INVALID, job
from local.sagemaker.resources import Request
from local.sagemaker.store import Record
from local.service import ApiError

TRANSFORM = JobType(
    job("TransformJob", "transform-job", "Transform job", (INVALID, "Could not find requested job with name: {name}")),
    "Transform Job",
    "transform job",
    ("TransformStartTime", "TransformEndTime"),
)
START_S = 600
ANSWER_S = 600
MEGABYTE = 1024 * 1024


class Transform:
    """The part of the service that answers for transform jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        jobs.resources.add(TRANSFORM.kind)

    def create_transform_job(self, request: Request) -> Record:
        _check(request)
        model = ServedModel.of(self.jobs.store, request["ModelName"])
        resources = request["TransformResources"]
        instances = resources["InstanceType"], resources["InstanceCount"]
        members = {**request, "RoleArn": model.role_arn, "VpcConfig": model.network}  # where its model runs
        return self.jobs.begin(TRANSFORM, members, self._work, instances)

    def stop_transform_job(self, request: Request) -> None:
        self.jobs.stop(TRANSFORM, self.jobs.resources.describe(TRANSFORM.kind, request))

    def _work(self, record: Record, run: Run) -> Outcome:
        [folder] = Folder.of_each_host(run.folder, 1)
        inputs, outputs = folder.root / "transform/input", folder.root / "transform/output"
        source = record["TransformInput"]["DataSource"]["S3DataSource"]
        compression = record["TransformInput"].get("CompressionType", "None")
        transfer.download(run.s3, record["RoleArn"], source, inputs, folder, compression)
        server = self._serve(record, run, folder)
        paths = sorted(path for path in inputs.rglob("*") if path.is_file())
        try:
            for path in paths:
                answers = []
                for batch in _batches(path.read_bytes(), record):
                    if run.asked is not None:
                        return run.asked
                    answers.append(_answered(server, batch, record))
                target = outputs / f"{path.relative_to(inputs)}.out"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(transform_capture.with_ids(_assembled(answers, record), record))
        finally:
            server.stop()
        transfer.upload(run.s3, record["RoleArn"], outputs, record["TransformOutput"]["S3OutputPath"])
        transform_capture.write_manifests(run, record, [path.relative_to(inputs).as_posix() for path in paths])
        return Outcome.ENDED

    def _serve(self, record: Record, run: Run, folder: Folder) -> Instance:
        """The model's server, healthy."""
        model = ServedModel.of(self.jobs.store, record["ModelName"])
        variables = {
            **run.credentials,
            **(record.get("Environment") or {}),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(record.get("MaxPayloadInMB", 6)),
        }
        try:
            model.unpack(run.s3, folder.make("/opt/ml/model"))
            server = Instance.launch(model, folder.root, variables, run.log(folder.host).write)
            server.wait_until_healthy("transform", START_S)
        except LaunchFailed as failure:
            raise JobFailed(f"ClientError: {failure}") from None
        return server


def _check(request: Request) -> None:
    processing = request.get("DataProcessing") or {}
    for name in ("InputFilter", "OutputFilter"):
        if processing.get(name, "$") != "$":
            raise ApiError(
                INVALID, f"{name} {processing[name]!r}: the embedded AWS filters nothing; only $ is accepted."
            )
    split = request["TransformInput"].get("SplitType", "None")
    if split not in ("None", "Line"):
        raise ApiError(INVALID, f"SplitType {split}: the embedded AWS splits by Line or not at all.")


def _batches(content: bytes, record: Record) -> Iterator[list[bytes]]:
    """The records of each request: all of an object, one line, or as many lines as the payload may hold."""
    if record["TransformInput"].get("SplitType", "None") == "None":
        yield [content]
        return
    most = record.get("MaxPayloadInMB", 6) * MEGABYTE if record.get("BatchStrategy") != "SingleRecord" else 0
    batch: list[bytes] = []
    for line in content.splitlines():
        if batch and sum(map(len, batch)) + len(batch) + len(line) > most:
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch


def _answered(server: Instance, batch: list[bytes], record: Record) -> bytes:
    """The server's answer, with the records before it where JoinSource asks for them."""
    headers = {"Content-Type": record["TransformInput"].get("ContentType", "application/octet-stream")}
    if accept := record["TransformOutput"].get("Accept"):
        headers["Accept"] = accept
    url = f"http://127.0.0.1:{server.port}/invocations"
    request = urllib.request.Request(url, b"\n".join(batch), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as fault:
        text = fault.read().decode(errors="replace")
        raise JobFailed(f"ClientError: Bad response {fault.code} from the model: {text}") from None
    except OSError as fault:
        raise JobFailed(f"AlgorithmError: The model gave no answer: {fault}") from None
    joined = (record.get("DataProcessing") or {}).get("JoinSource", "None") == "Input"
    return _joined(batch, body, headers["Content-Type"]) if joined else body


def _joined(batch: list[bytes], body: bytes, content_type: str) -> bytes:
    answers = body.splitlines()
    if len(answers) != len(batch):
        raise JobFailed(
            f"ClientError: {len(batch)} records were sent and {len(answers)} came back: they cannot be joined."
        )
    if "json" in content_type:
        return b"\n".join(map(_joined_json, batch, answers))
    return b"\n".join(before + b"," + after for before, after in zip(batch, answers, strict=True))


def _joined_json(before: bytes, after: bytes) -> bytes:
    source: Any = json.loads(before)
    entry = source if isinstance(source, dict) else {"SageMakerInput": source}
    return json.dumps({**entry, "SageMakerOutput": json.loads(after)}).encode()


def _assembled(answers: list[bytes], record: Record) -> bytes:
    if record["TransformOutput"].get("AssembleWith", "None") == "None":
        return b"".join(answers)
    return b"".join(answer.rstrip(b"\n") + b"\n" for answer in answers)
