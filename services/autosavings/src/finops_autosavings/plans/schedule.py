"""When a weekly plan is due. Pure."""

from datetime import datetime, timedelta


def latest_slot(now: datetime, weekday: int, hour: int) -> datetime:
    """The newest instant at or before `now` on the weekday (0 is Monday) and hour, UTC."""
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    slot = today - timedelta(days=(now.weekday() - weekday) % 7)
    return slot if slot <= now else slot - timedelta(days=7)
