"""Made-up raw rows to try the code with: `python example.py > raw/example.csv`."""

import csv
import random
import sys

import settings

ROWS = 400


def main() -> None:
    told, chance = settings.read(), random.Random(7)
    writer = csv.DictWriter(sys.stdout, [told["label"], *told["features"]])
    writer.writeheader()
    for _ in range(ROWS):
        row = {name: _value(kind, chance) for name, kind in told["features"].items()}
        score = sum(float(value) for value in row.values()) / len(row) ** 0.5
        writer.writerow({told["label"]: int(score + chance.gauss(0, 0.5) > 1), **row})


def _value(kind: str, chance: random.Random) -> str:
    """Of a category, or a measurement around the same mean."""
    return str(chance.randrange(3)) if kind == "categorical" else f"{chance.gauss(1, 1):.4f}"


if __name__ == "__main__":
    main()
