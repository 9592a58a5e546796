"""Answers requests with one model, by SageMaker's contract for serving containers."""
