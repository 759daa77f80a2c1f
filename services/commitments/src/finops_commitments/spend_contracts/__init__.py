"""Spend contracts: what was promised to a provider, how far it is, and what will be missing (COM-34)."""
