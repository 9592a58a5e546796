"""SageMaker Pipelines, written with the official SDK and compiled offline to JSON.

Importing `pipelines.compiled` is cheap; the SDK is imported only when a definition must be compiled anew.
"""
