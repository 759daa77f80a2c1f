"""The local stack and a simulated outside world, for development and tests only."""
