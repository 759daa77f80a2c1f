"""Patterns: when and on what people of an organization log in."""
