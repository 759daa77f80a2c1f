"""Tag keys and values: which there are, and how much of the cost they cover."""
