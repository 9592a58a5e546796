"""Trains a network of torch for Homeostat (docs/own-training.md): two data sets and hyperparameters in, a model out.

On the GPU where the instance has one. SageMaker runs it in a container, with its folders below /opt/ml;
SAGEMAKER_BASE_DIR names another place for them.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
CHANNELS, MODEL, CHECKPOINT = ROOT / "input" / "data", ROOT / "model", ROOT / "checkpoints" / "network.pt"
BACKGROUND_ROWS = 1000
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
LOSSES = {"binary": nn.BCEWithLogitsLoss, "multiclass": nn.CrossEntropyLoss, "regression": nn.MSELoss}


class Network(nn.Module):
    """Rows [n, columns] as they come in requests, NaN where a value is missing; out come logits, or numbers [n]."""

    def __init__(self, rows: Tensor, outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        known = rows.isfinite()
        count = known.sum(0).clamp(min=1)
        mean = rows.nan_to_num().sum(0) / count
        spread = (((rows - mean).nan_to_num() ** 2).sum(0) / count).sqrt()
        self.register_buffer("mean", mean)
        self.register_buffer("unit", torch.where(spread > 0, 1 / spread, 0.0))  # what never varied decides nothing
        layers = [nn.Linear(rows.shape[1], width), nn.ReLU(), nn.Dropout(dropout)]
        layers += [nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(width, outputs))

    def forward(self, rows: Tensor) -> Tensor:
        usual = torch.where(rows.isnan(), self.mean, rows)  # a missing value says nothing
        found: Tensor = self.layers((usual - self.mean) * self.unit)
        return found.squeeze(1) if found.shape[1] == 1 else found


class Answer(nn.Module):
    """What is deployed: probabilities, or of a regression a number in the unit of the labels."""

    def __init__(self, network: Network, problem: str, centre: float, scale: float) -> None:
        super().__init__()
        self.network, self.problem, self.centre, self.scale = network, problem, centre, scale

    def forward(self, rows: Tensor) -> Tensor:
        found = self.network(rows)
        if self.problem == "regression":
            return found * self.scale + self.centre
        return found.sigmoid() if self.problem == "binary" else found.softmax(1)


def main() -> None:
    settings = json.loads((ROOT / "input" / "config" / "hyperparameters.json").read_text())  # every value is a text
    signature = json.loads((CHANNELS / "train" / "signature.json").read_text())
    problem = signature["problem"]
    torch.manual_seed(int(settings.get("seed", 0)))
    rows, labels = read("train")
    spread = float(labels.std(correction=0)) or 1.0
    centre, scale = (float(labels.mean()), spread) if problem == "regression" else (0.0, 1.0)
    outputs = signature["classes"] if problem == "multiclass" else 1
    network = Network(rows, outputs, int(settings.get("width", 64)), float(settings.get("dropout", 0.1))).to(DEVICE)
    wanted = torch.long if problem == "multiclass" else torch.float32
    sets = [
        (given.to(DEVICE), ((told - centre) / scale).to(DEVICE, wanted))
        for given, told in ((rows, labels), read("validation"))
    ]
    print(f"{len(rows)} rows, on {DEVICE.type}, torch {torch.__version__}", flush=True)
    train(network, LOSSES[problem](), *sets, settings)
    if first_host():
        leave(Answer(network, problem, centre, scale), rows)


def read(channel: str) -> tuple[Tensor, Tensor]:
    """A header, then one row a line: the label, the columns of the signature in order, `nan` for what is missing."""
    table = np.loadtxt(CHANNELS / channel / "data.csv", delimiter=",", skiprows=1, ndmin=2, dtype=np.float32)
    return torch.from_numpy(table[:, 1:].copy()), torch.from_numpy(table[:, 0].copy())


def train(
    network: Network,
    loss: nn.Module,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    settings: dict[str, str],
) -> None:
    """Until `patience` epochs brought nothing better, `epochs` at most; the network is left as it was at its best."""
    epochs, patience = int(settings.get("epochs", 200)), int(settings.get("patience", 20))
    batch, rate = int(settings.get("batch_size", 256)), float(settings.get("learning_rate", 0.001))
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=float(settings.get("weight_decay", 0.01)))
    done, best, since, kept = 0, float("inf"), 0, copy.deepcopy(network.state_dict())
    if CHECKPOINT.exists():  # SageMaker keeps the folder of checkpoints, and fills it again after an interruption
        state = torch.load(CHECKPOINT, map_location=DEVICE, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done, best, since, kept = state["done"], state["best"], state["since"], state["kept"]
        print(f"{done} epochs were done before", flush=True)
    rows, labels = training
    while done < epochs and since < patience:
        network.train()
        for part in torch.randperm(len(rows), device=DEVICE).split(batch):
            optimizer.zero_grad()
            loss(network(rows[part]), labels[part]).backward()
            optimizer.step()
        network.eval()
        with torch.no_grad():
            found = float(loss(network(validation[0]), validation[1]))
        done, since = done + 1, since + 1
        if found < best:
            best, since, kept = found, 0, copy.deepcopy(network.state_dict())
        print(f"epoch {done}: validation loss {found:.5f}, best {best:.5f}", flush=True)
        keep({"network": network.state_dict(), "optimizer": optimizer.state_dict(), "done": done, "best": best,
              "since": since, "kept": kept})  # fmt: skip
    network.load_state_dict(kept)


def keep(state: dict[str, object]) -> None:
    """Written aside first: a checkpoint is whole or absent."""
    CHECKPOINT.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, CHECKPOINT.with_suffix(".part"))
    CHECKPOINT.with_suffix(".part").replace(CHECKPOINT)


def first_host() -> bool:
    """With several instances every host has all rows and trains the same; one writes the model."""
    told = ROOT / "input" / "config" / "resourceconfig.json"
    place = json.loads(told.read_text()) if told.exists() else {}
    hosts: list[str] = place.get("hosts") or [""]
    return place.get("current_host", "") in ("", min(hosts))


def leave(answer: Answer, rows: Tensor) -> None:
    """The graph for any number of rows, on a CPU, and rows that attributions compare with."""
    MODEL.mkdir(parents=True, exist_ok=True)
    example = (torch.zeros(2, rows.shape[1]),)
    program = torch.export.export(answer.cpu().eval(), example, dynamic_shapes=({0: torch.export.Dim("rows")},))
    torch.export.save(program, MODEL / "model.pt2")
    some = rows[torch.randperm(len(rows))[:BACKGROUND_ROWS]]
    empty = some.isnan().all(0)  # of a column without any value in them: what the model takes in its place
    np.save(MODEL / "background.npy", torch.where(empty, answer.network.mean, some).numpy())
    shutil.copy(CHANNELS / "train" / "signature.json", MODEL)


if __name__ == "__main__":
    try:
        main()
    except Exception as fault:
        (ROOT / "output").mkdir(parents=True, exist_ok=True)
        (ROOT / "output" / "failure").write_text(f"{type(fault).__name__}: {fault}")  # the job's FailureReason
        raise
