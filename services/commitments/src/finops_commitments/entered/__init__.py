"""What people enter and the bill does not tell: kept with its version, who and when, each change told."""
