"""Made-up raw rows to try the code with: `python example.py > raw/example.csv`."""

import csv
import json
import random
import sys

import settings

ROWS = 400
WORDS = (
    "the",
    "parcel",
    "came",
    "late",
    "and",
    "its",
    "box",
    "was",
    "open",
    "but",
    "thank",
    "you",
    "for",
    "it",
    "anyway",
)


def main() -> None:
    told, chance = settings.read(), random.Random(7)
    writer = csv.DictWriter(sys.stdout, [told["label"], *told["features"]])
    writer.writeheader()
    for _ in range(ROWS):
        row = {name: _value(kind, chance) for name, kind in told["features"].items()}
        score = sum(_weight(value) for value in row.values()) / len(row) ** 0.5
        writer.writerow({told["label"]: int(score + chance.gauss(0, 0.5) > 1), **row})


def _value(kind: str, chance: random.Random) -> str:
    """Of a category, a few words, a vector, or a measurement around the same mean."""
    if kind == "categorical":
        return str(chance.randrange(3))
    if kind == "boolean":
        return chance.choice(["true", "false"])
    if kind == "text":
        return " ".join(chance.choices(WORDS, k=chance.randrange(4, 20)))
    if kind.startswith("embedding "):
        return json.dumps([round(chance.gauss(0, 1), 4) for _ in range(int(kind.split()[1]))])
    return f"{chance.gauss(1, 1):.4f}"


def _weight(value: str) -> float:
    """What a value adds to the score, so that there is something to learn from every feature."""
    try:
        found = json.loads(value)
    except ValueError:
        return len(value) / 50
    return sum(found) if isinstance(found, list) else float(found)


if __name__ == "__main__":
    main()
