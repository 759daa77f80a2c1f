"""Who is calling and what they may do, as every api process checks it for itself."""
