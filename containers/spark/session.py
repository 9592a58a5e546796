"""Spark's own program beside this process, and what it is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from containers.spark.engine import OnSpark

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "spark.app.name": "homeostat-monitor",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "2g",
    "spark.driver.maxResultSize": "1g",
    "spark.task.maxFailures": "4",
    "spark.python.worker.reuse": "true",  # kernels are loaded once for each worker
    "spark.executorEnv.PYTHONPATH": str(ROOT),
}

LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextmanager
def spark(master: str, settings: Mapping[str, str] | None = None, defaults: Path | None = None) -> Iterator[OnSpark]:
    """An engine while the block runs. `local[2]`: two threads of a Java machine that is started here, with a Python
    process each; `spark://host:7077`: the workers of a cluster. `defaults` is a folder with more settings, of which
    none is seen in a command line. Needs Java 17 or 21.
    """
    from pyspark import SparkConf, SparkContext, StorageLevel

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}  # of the processes that Spark starts
    if defaults is not None:
        os.environ["SPARK_CONF_DIR"] = str(defaults)
    here = LOOPBACK if master.startswith("local") else {}
    chosen = {**SETTINGS, "spark.master": master, **here, **(settings or {})}
    context = SparkContext(conf=SparkConf().setAll(list(chosen.items())))
    context.setLogLevel("ERROR")
    try:
        yield OnSpark(context, StorageLevel.DISK_ONLY)  # keys of 30 million requests filled a heap of 2 GB
    finally:
        context.stop()
