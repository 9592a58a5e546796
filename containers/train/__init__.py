"""Trains one model: training and validation set -> model.json and signature.json."""
