"""Measured side by side with a peer, in one run. `make bench` writes build/bench/*.json and docs/benchmarks.md."""
