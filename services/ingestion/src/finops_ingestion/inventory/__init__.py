"""Commitments as the providers' own APIs list them."""
