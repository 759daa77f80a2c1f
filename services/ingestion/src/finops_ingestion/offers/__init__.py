"""Dated price lists of what can be committed to."""
