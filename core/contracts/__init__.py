"""Values that two parts of the platform exchange: one typed record a wire, used by both ends. Standard library only."""
