"""The benchmark of large windows: what was measured is kept, whatever fails beside it."""

from __future__ import annotations

import pytest

from bench.measure import Cost
from bench.program import Failed
from bench.spark import crossover, measure_with

SIZES = 1000, 2000, 4000


def of_lines(engine: str, rows: int) -> Cost:
    """Spark is slow to begin and quick from then on."""
    wall_s = 1 + rows / 100 if engine == "own" else 11 + rows / 200
    return Cost(wall_s, wall_s, 10, 20)


def short_of_memory(engine: str, rows: int) -> Cost:
    """Spark, at the largest size."""
    if (engine, rows) == ("spark", 4000):
        raise Failed(["python"], 1, b"INFO begun\nMemoryError: a|b\n")
    return of_lines(engine, rows)


def test_an_engine_that_fails_at_a_size_costs_that_row_alone(capsys: pytest.CaptureFixture[str]) -> None:
    found = measure_with(short_of_memory, SIZES)
    assert len(found.rows) == 6
    assert found.rows[-1] == ("Spark, local[2]", "4,000", "failed: MemoryError: a|b", "-", "-")
    assert found.rows[-2] == ("one process", "4,000", "41.0", "98", "20")
    assert found.failed == ("Spark, local[2], 4,000 rows",)
    assert r"| failed: MemoryError: a\|b |" in found.markdown()
    assert "Crossover on this machine: 0.0 million rows; 2,000 rows take Spark 1.00 times as long" in found.says
    assert set(found.figures["costs"]) == {f"{name} {rows}" for name in ("own", "spark") for rows in SIZES} - {
        "spark 4000"
    }
    assert "INFO begun" in capsys.readouterr().out, "what it printed is told where it is run"


def test_a_cost_is_told_as_soon_as_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []

    def listened(engine: str, rows: int) -> Cost:
        told.append(capsys.readouterr().out)
        return of_lines(engine, rows)

    assert measure_with(listened, (1000,)).failed == ()
    assert told == ["  one process: 1,000 rows ...\n", told[1]]
    assert told[1].startswith("  one process: 1,000 rows: 11.0 s, 20 MB\n")


def test_where_one_engine_always_failed_there_is_no_crossover() -> None:
    points = [(1000, 11.0), (2000, 21.0)]
    for found in ({"own": points, "spark": []}, {"own": points, "spark": points[:1]}):
        assert crossover(found) == "It takes two sizes of each to tell a crossover."


@pytest.mark.parametrize(
    ("spark", "said"),
    [
        ([12.0, 40.0, 300.0], "Crossover on this machine: 4.7 million rows; 100,000,000 rows take Spark 0.60 times"),
        ([12.0, 60.0, 300.0], "Crossover on this machine: 14.3 million rows; "),
        ([12.0, 60.0, 600.0], "Spark is not faster here at any of these sizes; 100,000,000 rows take Spark 1.20 times"),
        ([4.0, 40.0, 300.0], "Spark is faster here at any of these sizes; "),
    ],
)
def test_the_crossover_lies_between_the_sizes_at_which_the_faster_one_changes(spark: list[float], said: str) -> None:
    sizes = [1_000_000, 10_000_000, 100_000_000]
    found = {"own": list(zip(sizes, [5.0, 50.0, 500.0], strict=True)), "spark": list(zip(sizes, spark, strict=True))}
    assert crossover(found).startswith(said)
