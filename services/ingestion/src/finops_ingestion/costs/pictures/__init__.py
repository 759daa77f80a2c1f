"""Pictures of costs: by day, by group, and why a bill is another than before."""
