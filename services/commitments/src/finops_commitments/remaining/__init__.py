"""What is left of each commitment, and how much of it will be used by its end."""
