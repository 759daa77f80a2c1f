"""Subscriptions: the mirror of what billing says, for the entitlements a frontend shows."""
