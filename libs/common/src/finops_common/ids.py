"""Identifiers: UUID version 7, so that keys sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new UUIDv7, made here because PostgreSQL 15 to 17 cannot."""
    return uuid7()
