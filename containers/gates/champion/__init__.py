"""The gate of the training pipeline: challenger against champion on the test set -> evaluation.json."""
