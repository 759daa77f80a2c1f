"""Price lists: what each edition costs, as versioned data."""
