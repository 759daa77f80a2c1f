"""The time, as something that is passed in."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present instant, always with a UTC offset of zero."""


def utc_now() -> datetime:
    """The wall clock; the only place that reads it for product code."""
    return datetime.now(UTC)
