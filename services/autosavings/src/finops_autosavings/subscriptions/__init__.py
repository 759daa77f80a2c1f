"""Subscriptions: the mirror of what billing says, and what they allow here."""
