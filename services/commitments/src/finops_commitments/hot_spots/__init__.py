"""Where uncovered spend is, and what a commitment there would save (COM-25)."""
