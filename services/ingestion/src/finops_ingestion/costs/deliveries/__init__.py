"""Deliveries: FOCUS files of an organization's months, written into its own bucket."""
