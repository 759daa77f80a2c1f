"""Planned changes: what people know is coming and no bill shows yet (COM-33)."""
