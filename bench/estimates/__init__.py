"""How often the interval of quality estimated without labels holds what labels tell."""
