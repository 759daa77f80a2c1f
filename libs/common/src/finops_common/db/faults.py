"""Which failures mean that the database cannot be used now, and may be soon."""

from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

DRIVER_FAULTS = (DBAPIError, PostgresError, PoolTimeoutError, OSError)
"""All that a lost, refused or exhausted connection is raised as: SQLAlchemy wraps what a
statement meets, and passes on as it is what connecting meets."""

# Classes 08 (connection), 40 (serialization, deadlock), 53 (resources), 57 (shutdown,
# time limit), 55P03 (lock not available in time).
_PASSING = ("08", "40", "53", "57", "55P03")


def is_passing(error: BaseException) -> bool:
    """Whether the same may work when tried again, with nothing changed on our side."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _state(error.orig).startswith(_PASSING)
    if isinstance(error, PostgresError):
        return _state(error).startswith(_PASSING)
    return isinstance(error, (PoolTimeoutError, OSError))


def _state(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""
