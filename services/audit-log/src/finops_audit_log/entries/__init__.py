"""Entries: recorded from every event, read by who may."""
