"""The demonstration: the whole loop on the embedded AWS, from `cdk deploy` to a healed endpoint."""
