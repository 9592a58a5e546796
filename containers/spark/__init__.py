"""The monitor on a cluster: Spark's executors run the monitor's own summaries, so its numbers are the monitor's own."""
