"""SageMaker Pipelines: a definition is parsed and checked, its expressions resolved, its steps carried out."""
