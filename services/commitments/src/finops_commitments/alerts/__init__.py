"""Alerts: what an organization's people are told of its commitments, and when they were."""
