"""Attempts that may be guesses: counted before they are made, slowed down, never locked."""
