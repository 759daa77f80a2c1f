"""Activations: for which cloud accounts of an organization autosavings works."""
