"""Exchange rates that an organization states, and costs converted by them (ING-16)."""
