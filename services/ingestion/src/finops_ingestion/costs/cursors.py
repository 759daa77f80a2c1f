"""Cursors of lists that are read from the lake: the last item's place in the order."""

import base64

import orjson

from finops_common.errors.problem import InvalidInput
from finops_ingestion.costs.service import wrong


def cursor_of(*place: str | int) -> str:
    """The place as text for a URL."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def place_of(cursor: str, *kinds: type) -> tuple[str | int, ...]:
    """The place in a cursor. Raises InvalidInput for one that is not of this list."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise bad_cursor() from None
    if not isinstance(found, list) or [type(each) for each in found] != list(kinds):
        raise bad_cursor()
    return tuple(found)


def bad_cursor() -> InvalidInput:
    """What to answer to a cursor of another list."""
    return wrong("cursor", "must be a next_cursor of this list")
