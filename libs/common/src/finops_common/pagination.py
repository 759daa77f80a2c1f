"""Lists: cursor paging that stays stable under inserts, sort, and chosen fields (PLAT-3)."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, Select, tuple_
from sqlalchemy.exc import DBAPIError

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import FieldError, InvalidInput

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list: `sort` is a column's name, descending behind a minus."""

    limit: int = 50
    cursor: str | None = None
    sort: str | None = None
    fields: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None


class Listing(BaseModel, Generic[M]):
    """A page on the wire."""

    items: list[M]
    next_cursor: str | None = Field(
        None, description="pass as cursor for the next page; null on the last"
    )


async def page_request(
    limit: Annotated[int, Query(ge=1, le=200, description="at most this many")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="next_cursor of the page before")
    ] = None,
    sort: Annotated[
        str | None, Query(max_length=60, description="column, descending behind a minus")
    ] = None,
    fields: Annotated[
        str | None, Query(max_length=600, description="only these, comma separated")
    ] = None,
) -> PageRequest:
    """The dependency of every list route."""
    chosen = frozenset(fields.split(",")) if fields else None
    return PageRequest(limit, cursor, sort, chosen)


async def read_page(
    tx: Transaction,
    statement: Select[Any],
    request: PageRequest,
    *,
    sortable: Mapping[str, ColumnElement[Any]],
    default: str,
    unique: ColumnElement[Any],
    make: Callable[[Row[Any]], T],
) -> Page[T]:
    """One page of `statement`, ordered by a column of `sortable` and then by `unique`.

    Both must be selected columns without nulls. Rows inserted meanwhile neither repeat
    nor hide others, because the cursor is a value and not a count.

    Raises:
        InvalidInput: unknown sort column, or a cursor that is not of this list.
    """
    sort = request.sort or default
    column = sortable.get(sort.removeprefix("-"))
    if column is None:
        raise _wrong("sort", f"one of {', '.join(sorted(sortable))}")
    descending = sort.startswith("-")
    if request.cursor:
        value, last = _read_cursor(request.cursor, sort)
        here = tuple_(column, unique)
        bound = tuple_(_typed(column, value), _typed(unique, last))
        statement = statement.where(here < bound if descending else here > bound)
    order = (column.desc(), unique.desc()) if descending else (column, unique)
    named = statement.add_columns(column.label("_sort"), unique.label("_unique"))
    rows = await _read(tx, named.order_by(*order).limit(request.limit + 1), request)
    full = len(rows) > request.limit
    rows = rows[: request.limit]
    cursor = _write_cursor(sort, rows[-1]._sort, rows[-1]._unique) if full else None  # noqa: SLF001 - our own labels
    return Page([make(row) for row in rows], cursor)


async def _read(
    tx: Transaction, statement: Select[Any], request: PageRequest
) -> Sequence[Row[Any]]:
    try:
        return await tx.all(statement)
    except DBAPIError as error:
        # Class 22: a value that the column cannot hold, which only a forged cursor brings.
        state = getattr(error.orig, "sqlstate", None) or ""
        if request.cursor and state.startswith("22"):
            raise _wrong("cursor", "a next_cursor of this list") from None
        raise


def listing(
    page: Page[T], request: PageRequest, model: type[M], show: Callable[[T], M]
) -> Listing[M] | JSONResponse:
    """The page as an answer; cut down to `fields` when the request named some."""
    items = [show(item) for item in page.items]
    if request.fields is None:
        return Listing[M](items=items, next_cursor=page.next_cursor)
    unknown = request.fields - model.model_fields.keys()
    if unknown:
        raise _wrong("fields", f"some of {', '.join(model.model_fields)}")
    cut = [item.model_dump(mode="json", include=set(request.fields)) for item in items]
    return JSONResponse({"items": cut, "next_cursor": page.next_cursor})


def _wrong(field: str, expected: str) -> InvalidInput:
    return InvalidInput(
        errors=(FieldError(f"query.{field}", "value_error", f"must be {expected}"),)
    )


def _write_cursor(sort: str, value: object, unique: object) -> str:
    return (
        base64.urlsafe_b64encode(orjson.dumps([sort, value, unique], default=str))
        .decode()
        .rstrip("=")
    )


def _read_cursor(cursor: str, sort: str) -> tuple[Any, Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, value, unique = orjson.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError):
        raise _wrong("cursor", "a next_cursor of this list") from None
    if made_for != sort:
        raise _wrong("cursor", "used with the sort it was made for")
    return value, unique


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("without an offset")
    return found


_READERS: Mapping[type, Callable[[str], object]] = {
    datetime: _instant,
    date: date.fromisoformat,
    UUID: UUID,
    Decimal: Decimal,
}


def _typed(column: ColumnElement[Any], value: object) -> object:
    reader = _READERS.get(column.type.python_type)
    try:
        return reader(str(value)) if reader else column.type.python_type(value)
    except (ValueError, TypeError, ArithmeticError):
        raise _wrong("cursor", "a next_cursor of this list") from None
