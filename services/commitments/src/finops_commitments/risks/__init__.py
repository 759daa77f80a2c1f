"""Risks: how likely each commitment is to lie idle till its end, why, and what may be done."""
