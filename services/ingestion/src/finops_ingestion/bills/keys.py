"""Which values lines are grouped by, and which keys can wait until they are grouped."""

import re

from finops_ingestion.bills.cells import folded, scan_name
from finops_ingestion.bills.files import Layout
from finops_ingestion.bills.mapping import Derived, Input, Kind, Mapping, Role

_QUOTED = re.compile(r"'[^']*'")
_WORD = re.compile(r"\w+")
LINE_KEY = "line_key"
_TEXTS = {Kind.TEXT, Kind.ACCOUNT, Kind.PRESENT}


def words(expression: str) -> set[str]:
    """The names in an SQL expression, functions and keywords among them."""
    return set(_WORD.findall(_QUOTED.sub("", expression)))


def names_in(mapping: Mapping, *expressions: str) -> set[str]:
    """The inputs and derived values that SQL expressions mention."""
    values: tuple[Input | Derived, ...] = (*mapping.inputs, *mapping.derived)
    mentioned = set().union(*map(words, expressions))
    return mentioned & {value.name for value in values}


def line_key(mapping: Mapping, layout: Layout) -> str:
    """SQL for a hash of what numbers a line; NULL where nothing does."""
    for position, column in enumerate(layout.columns):
        if mapping.line_id and folded(column.name) == folded(mapping.line_id):
            name = scan_name(layout, position)
            return f"CASE WHEN {name} IS NOT NULL THEN hash({name}) END"
    return "CAST(NULL AS UBIGINT)"


def late_keys(mapping: Mapping) -> tuple[Derived, ...]:
    """Keys that follow from texts and other keys, and that no line needs for anything else."""
    known = {v.name for v in mapping.inputs if v.kind in _TEXTS or v.role is Role.KEY}
    late: list[Derived] = []
    needed = names_in(mapping, *(demand.condition for demand in mapping.demands))
    for value in mapping.derived:
        mentioned = names_in(mapping, value.expression)
        is_key = value.role is Role.KEY and value.name != "hour"
        if is_key and mentioned <= known:
            late.append(value)
        else:
            needed |= mentioned
        known |= {value.name} if is_key else set()
    for value in reversed(late):
        needed |= names_in(mapping, value.expression) if value.name in needed else set()
    return tuple(value for value in late if value.name not in needed)


def set_columns(mapping: Mapping) -> list[str]:
    """What makes a key set: early keys, the texts that late ones are made of, the refusal."""
    late = late_keys(mapping)
    ingredients = names_in(mapping, *(value.expression for value in late))
    waiting = {"hour", *(value.name for value in late)}
    values: tuple[Input | Derived, ...] = (*mapping.inputs, *mapping.derived)
    names = [v.name for v in values if v.role is Role.KEY or v.name in ingredients]
    return [*(name for name in names if name not in waiting), "refusal"]


def late_texts(mapping: Mapping) -> tuple[str, ...]:
    """Text inputs of key sets that no line needs to know: their cells are cleaned on the sets."""
    late = late_keys(mapping)
    early = [value.expression for value in mapping.derived if value not in late]
    needed = names_in(mapping, *early, *(demand.condition for demand in mapping.demands))
    texts = {v.name for v in mapping.inputs if v.kind is Kind.TEXT or v.kind is Kind.ACCOUNT}
    return tuple(name for name in set_columns(mapping) if name in texts - needed)
