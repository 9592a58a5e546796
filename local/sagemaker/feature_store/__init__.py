"""Feature Store: groups of features, their newest records, and all records as files of a table."""
