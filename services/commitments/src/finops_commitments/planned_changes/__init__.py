"""Planned changes: migrations, shutdowns and launches that people know of and bills do not yet."""
