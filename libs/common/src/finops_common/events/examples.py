"""An example of each event, made from its fields so that it never differs from them."""

import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

_PLAIN: Mapping[Any, Any] = {
    UUID: UUID("0192f0c1-7d3a-7000-8000-000000000001"),
    str: "text",
    int: 1,
    bool: True,
    float: 0.5,
    Decimal: Decimal("12.5"),
    datetime: datetime(2026, 5, 1, 9, tzinfo=UTC),
    date: date(2026, 5, 1),
    bytes: b"bytes",
    Any: "text",
}


M = TypeVar("M", bound=BaseModel)


def example_of(model: type[M]) -> M:
    """One valid instance of `model`; a field's own first example is taken."""
    return model.model_validate(_fields(model))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {
        name: field.examples[0] if field.examples else _value(field.annotation)
        for name, field in model.model_fields.items()
        if field.is_required() or field.default is not None
    }


def _value(kind: Any) -> Any:  # noqa: ANN401 - of whatever type the field has
    origin, inner = get_origin(kind), get_args(kind)
    if origin is not None:
        return _GENERIC[origin](inner)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _fields(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return _PLAIN[kind]


def _union(inner: tuple[Any, ...]) -> Any:  # noqa: ANN401 - of its first kind
    return _value(next(kind for kind in inner if kind is not type(None)))


def _first(inner: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a literal
    return inner[0]


def _tuple(inner: tuple[Any, ...]) -> list[Any]:
    return [_value(kind) for kind in inner if kind is not ...]


_GENERIC: Mapping[Any, Callable[[tuple[Any, ...]], Any]] = {
    Union: _union,
    types.UnionType: _union,
    Literal: _first,
    Annotated: lambda inner: _value(inner[0]),
    tuple: _tuple,
    list: lambda inner: [_value(inner[0])],
    set: lambda inner: [_value(inner[0])],
    frozenset: lambda inner: [_value(inner[0])],
    dict: lambda inner: {_value(inner[0]): _value(inner[1])},
}
