"""What a new model must show before it may be released. numpy and the standard library."""
