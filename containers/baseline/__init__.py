"""Training set and model in, the baseline that windows are compared with out."""
