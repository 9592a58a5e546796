"""A small world to monitor: a team's buckets in memory, a trained model, its baseline, and requests with incidents.

`fast` depends on x1 and x2, and a little on the category; x3 is noise that the model hardly uses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from containers.baseline.main import main as make_baseline
from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.monitor.job import Change, watch, window_of
from core.contracts import stages
from core.contracts.capture import CapturedRequest, GroundTruth, Payload, hour_folder
from core.contracts.environment import JobEnvironment, MonitorEnvironment
from core.contracts.evaluation import Evaluation
from core.contracts.fairness import Fairness
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import LATEST, MonitorReport
from core.contracts.signature import Feature, Signature
from core.diagnosis import Diagnosis, diagnose
from core.names import VARIANT, TeamNames

SIGNATURE = Signature(
    (Feature("x1", "numeric"), Feature("x2", "numeric"), Feature("x3", "numeric"), Feature("kind", "categorical")),
    "fast",
    ("kind",),
)
NAMES = TeamNames("risk", "dev").model("churn")
END = datetime(2026, 11, 20, 9, tzinfo=UTC)
JOB = MonitorEnvironment("risk", "dev", "churn", "111122223333", "us-east-1", "2026-11-20T09:00:00Z", 3600)
POLICY = WatchPolicy(minimum_rows=100, minimum_labels=50)
ALONE = Fairness()
ROWS = 300
"""Of an ordinary window."""
Requests = list[CapturedRequest]


def bucket(purpose: str) -> str:
    return f"s3://{NAMES.of.bucket(purpose, JOB.account, JOB.region)}/"


@dataclass(frozen=True)
class Held:
    """An object of `Memory`."""

    size: int
    key: str
    modified: datetime = END

    @property
    def uri(self) -> str:
        return self.key


@dataclass
class Memory:
    """`containers.shell` over a dictionary of objects."""

    objects: dict[str, bytes] = field(default_factory=dict)
    published: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    policy: ModelPolicy = field(default_factory=lambda: ModelPolicy("churn", SIGNATURE, POLICY))
    release: Release | None = None
    now: datetime | None = None
    """By the clock of S3; None for one that never lies before the end of a window that was asked for."""
    asked: datetime = END
    written: dict[str, datetime] = field(default_factory=dict)

    def read_policy(self, job: JobEnvironment) -> ModelPolicy:
        return self.policy

    def read_release(self, job: JobEnvironment) -> Release | None:
        if isinstance(job, MonitorEnvironment):
            self.asked = max(self.asked, window_of(job)[1])
        return self.release

    def uri(self, job: JobEnvironment, bucket: str, key: str) -> str:
        return f"s3://{TeamNames(job.team, job.environment).bucket(bucket, job.account, job.region)}/{key}"

    def fetch(self, uri: str, destination: Path) -> list[Path]:
        found = [key for key in self.objects if key == uri or (uri.endswith("/") and key.startswith(uri))]
        if not found:
            raise LookupError(f"cannot read {uri}")
        for key in found:
            file = destination / key.removeprefix(uri) if uri.endswith("/") else destination
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.objects[key])
        return [destination]

    def fetch_optional(self, uri: str, destination: Path) -> bool:
        return uri in self.objects and bool(self.fetch(uri, destination))

    def open_blocks(self, uri_prefixes: Iterable[str]) -> Iterator[bytes]:
        for prefix in uri_prefixes:
            yield from (self.objects[key] for key in sorted(self.objects) if key.startswith(prefix))

    def list_files(self, uri_prefixes: Iterable[str]) -> list[Held]:
        found = [key for prefix in uri_prefixes for key in sorted(self.objects) if key.startswith(prefix)]
        return [Held(len(self.objects[key]), key, self.written.get(key, END)) for key in found]

    def read_files(self, files: Sequence[Held]) -> Iterator[bytes]:
        yield from (self.objects[file.key] for file in files)

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        self.objects[uri] = content if isinstance(content, bytes) else content.read_bytes()
        self.written[uri] = self.now or self.asked

    def change(self, uri: str, new: Change, content_type: str) -> None:
        if (content := new(self.objects.get(uri))) is not None:
            self.put(uri, content, content_type)

    def publish(self, metrics: Sequence[tuple[str, Any]]) -> None:
        self.published += metrics

    def metric(self, name: str) -> float | None:
        """Value of a published metric; None where it was not published."""
        found = [datum["Value"] for _, datum in self.published if datum["MetricName"] == name]
        assert len(found) <= 1, f"{name} was published {len(found)} times"
        return found[0] if found else None


@dataclass(frozen=True)
class Rows:
    """Rows of requests, and the labels that the world gives them."""

    values: np.ndarray
    labels: np.ndarray


def draw(rows: int, seed: int, move: Callable[[np.ndarray], None] = lambda values: None, flip: bool = False) -> Rows:
    """`move` changes the world before it is labelled; `flip` turns the relation of inputs and label around."""
    random = np.random.default_rng(seed)
    values = np.column_stack(
        (
            random.normal(0, 1, rows),
            random.normal(50, 10, rows),
            random.normal(5, 1, rows),
            random.choice([1, 2, 3], rows, p=[0.5, 0.3, 0.2]),
        )
    )
    move(values)
    odds = 1.6 * values[:, 0] + 0.12 * (values[:, 1] - 50) + 0.4 * (values[:, 3] == 2)
    return Rows(values, random.random(rows) < 1 / (1 + np.exp(odds if flip else -odds)))


def released(
    rows: int = 4000, signature: Signature = SIGNATURE, fairness: Fairness = ALONE
) -> tuple[Memory, TrainedModel]:
    """A world in which a model was trained, evaluated on fresh rows and released."""
    training, test = draw(rows, 1), draw(rows, 2)
    matrix = xgboost().DMatrix(training.values, training.labels)
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "nthread": 1}
    model = TrainedModel(signature, XgboostModel(xgboost().train(settings, matrix, 60)))
    memory = Memory(policy=ModelPolicy("churn", signature, replace(POLICY, fairness=fairness)))
    with TemporaryDirectory() as root:
        folders = MlFolders(Path(root))
        Dataset(signature, training.values, training.labels).write(folders.processing_input(stages.TRAIN))
        Dataset(signature, test.values, test.labels).write(folders.processing_input(stages.TEST))
        model.save(folders.processing_input(stages.MODEL))
        make_baseline(folders, fairness=fairness, least=POLICY.minimum_labels)
        artifacts = f"{bucket('models')}{NAMES.artifact_prefix}execution/"
        for file in folders.processing_output(stages.BASELINE).iterdir():
            memory.objects[f"{artifacts}baseline/{file.name}"] = file.read_bytes()
        memory.objects[f"{artifacts}model/model.tar.gz"] = _archive(folders.processing_input(stages.MODEL))
    accuracy = float(np.mean((model.probabilities(test.values) >= 0.5) == test.labels))
    memory.objects[f"{artifacts}evaluation/evaluation.json"] = _evaluation(accuracy).to_json().encode()
    memory.release = Release(
        endpoint=NAMES.endpoint,
        endpoint_config="risk-dev-churn-1",
        package_arn="arn:aws:sagemaker:us-east-1:111122223333:model-package/risk-dev-churn/1",
        model_uri=f"{artifacts}model/model.tar.gz",
        baseline_uri=f"{artifacts}baseline/",
        evaluation_uri=f"{artifacts}evaluation/evaluation.json",
        released_at="2026-11-20T07:00:00+00:00",
    )
    return memory, model


def _archive(folder: Path) -> bytes:
    import io
    import tarfile

    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for file in folder.iterdir():
            archive.add(file, file.name)
    return written.getvalue()


def _evaluation(accuracy: float) -> Evaluation:
    metrics = {"accuracy": accuracy, "auc": 0.9, "f1": accuracy, "precision": accuracy, "recall": accuracy}
    return Evaluation("BETTER", "", 4000, "accuracy", accuracy, None, 0.2, 0.3, 0.95, metrics, {})


def captured(model: TrainedModel, rows: Rows, start: datetime = END - timedelta(hours=1)) -> list[CapturedRequest]:
    """One request a row, spread over the hour from `start`."""
    answers = model.probabilities(rows.values).tolist()
    step = timedelta(hours=1) / max(len(answers), 1)
    return [
        CapturedRequest(
            event_id=f"event-{start:%H}-{number}",
            at=(start + step * number).replace(microsecond=0),
            request=Payload(_csv(values), "CSV", "text/csv"),
            response=Payload(f"{int(answer >= 0.5)},{answer!r}", "CSV", "text/csv"),
        )
        for number, (values, answer) in enumerate(zip(rows.values.tolist(), answers, strict=True))
    ]


def _csv(values: list[float]) -> str:
    return ",".join("" if np.isnan(value) else repr(value) for value in values)


def labels(requests: Sequence[CapturedRequest], rows: Rows) -> list[GroundTruth]:
    return [GroundTruth(one.join_id, str(int(label))) for one, label in zip(requests, rows.labels, strict=True)]


def capture(memory: Memory, lines: Iterable[str], at: datetime = END - timedelta(hours=1), name: str = "a") -> None:
    """Write lines as one captured file of the hour of `at`."""
    key = f"{NAMES.capture_prefix}{NAMES.endpoint}/{VARIANT}/{hour_folder(at)}/{name}.jsonl"
    memory.objects[bucket("capture") + key] = "\n".join(lines).encode("utf-8", "surrogatepass")


def label(memory: Memory, lines: Iterable[str], at: datetime = END - timedelta(hours=1), name: str = "a") -> None:
    key = f"{NAMES.ground_truth_prefix}{hour_folder(at)}/{name}.jsonl"
    memory.objects[bucket("data") + key] = "\n".join(lines).encode()


def run(memory: Memory, job: MonitorEnvironment = JOB) -> str:
    return watch(job, memory)


def latest(memory: Memory) -> MonitorReport:
    return MonitorReport.from_json(memory.objects[f"{bucket('reports')}{NAMES.report_prefix}{LATEST}"])


def monitored(
    memory: Memory, model: TrainedModel, rows: Rows, labelled: bool, policy: WatchPolicy = POLICY
) -> tuple[MonitorReport, Diagnosis]:
    """One window with these rows through the job, and the diagnosis of its report."""
    own = replace_objects(memory)
    requests = captured(model, rows)
    capture(own, (one.line() for one in requests))
    if labelled:
        label(own, (one.line() for one in labels(requests, rows)))
    run(own)
    report = latest(own)
    return report, diagnose(report, policy)


def replace_objects(memory: Memory) -> Memory:
    """The same world, to be written to without a trace."""
    return replace(memory, objects=dict(memory.objects), published=[])


def watch_lines(memory: Memory, lines: list[str]) -> MonitorReport:
    """The report on a window in which these lines were captured."""
    capture(memory, lines)
    run(memory)
    return latest(memory)


def with_request(one: CapturedRequest, data: str, encoding: str = "CSV", kind: str = "text/csv") -> CapturedRequest:
    return replace(one, request=Payload(data, encoding, kind))


def violation_file(memory: Memory, name: str) -> Any:
    return json.loads(memory.objects[f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{name}"])
