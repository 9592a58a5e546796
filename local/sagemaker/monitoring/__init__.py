"""The managed monitors: job definitions, schedules on the simulated clock, and the processing jobs that they start."""
