"""How attempts slow the next ones down (ID-14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

WINDOW = timedelta(minutes=15)
LONGEST_DELAY = timedelta(minutes=15)
ADDRESS_FACTOR = 5
"""Offices share an address: it may fail this many times more often than an account."""
MAILS_PER_ADDRESS = 200
"""So many sign-ups, and so many resets, may come from one address within the window."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often somebody tried since `since` without success."""

    count: int
    since: datetime
    blocked_until: datetime | None

    def wait(self, now: datetime) -> int:
        """Seconds until the next attempt is let in; 0 now."""
        if self.blocked_until is None or self.blocked_until <= now:
            return 0
        return ceil((self.blocked_until - now).total_seconds())

    def one_more(self, now: datetime, allowed: int) -> "Attempts":
        """With one attempt more, the delay that follows it included."""
        count = 1 if now - self.since > WINDOW else self.count + 1
        delay = delay_after(count, allowed)
        if not delay:
            return Attempts(count, now if count == 1 else self.since, None)
        # The window follows the delay, or a long delay would end it and start from nothing.
        return Attempts(count, now + delay, now + delay)


def delay_after(failed: int, allowed: int) -> timedelta:
    """How long the next attempt waits after `failed` ones in the window; doubles, never locks."""
    if failed < allowed:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failed - allowed, 10)), LONGEST_DELAY)
