"""Expiries: what ends when, what is still to be paid, and how long it all runs."""
