"""Makes the data sets of one training run: labelled data and labelled requests -> train, validation and test."""
