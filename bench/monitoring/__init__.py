"""What `bench.monitor` runs: the same inputs, our work on them, and the peers'. Each in a process of its own."""
