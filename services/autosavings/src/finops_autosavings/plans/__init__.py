"""Plans: what autosavings means to do this week, and how that differs from last week."""
