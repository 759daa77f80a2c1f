"""Overview: how accounts and bills stand, what the month costs, and what it will."""
