"""The types a source schema is described in: one table from its columns to our records.

A bill passes three steps. `Input` reads one source column as text, amount, instant or nested
value. `Derived` computes per line what cannot wait until lines are summed. `Rule` gives one
column of the record; rules see keys and sums only and are linear in the sums, so the same
rule holds for one line and for the sum of many.
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a source column is read."""

    TEXT = "text"
    ACCOUNT = "account id"
    AMOUNT = "amount"
    INSTANT = "instant"
    PRESENT = "present"
    """True where the file has the column at all."""


class Role(StrEnum):
    """What happens to a value when lines become hourly records."""

    KEY = "key"
    SUM = "sum"
    LINE = "line"
    """Stays with the line: an ingredient of derived values, or shown on line items only."""


class Part(StrEnum):
    """The records one bill line becomes."""

    LINE = "line"
    UNUSED = "unused"
    """What a commitment fee paid for and nobody used."""
    SPLIT = "split"
    """A part of the line that has a record of its own, such as usage a commitment covers."""
    NONE = "none"
    """No record: the line only offsets others."""


@dataclass(frozen=True, slots=True)
class Input:
    """A value of the bill line; `sources` in order of preference, the first one filled wins.

    Source names match whatever their case, slashes, underscores and spaces.
    `product[sku]` is the key `sku` of a nested column (map, struct or JSON text).
    """

    name: str
    kind: Kind
    sources: tuple[str, ...]
    role: Role = Role.LINE
    default: str | None = None
    """SQL for files that have none of the sources; NULL where not given."""
    reading: str | None = None
    """SQL that makes the value of the cell's text, given as {}, where a cell holds more than it."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed per line from inputs and from derived values before it."""

    name: str
    expression: str
    role: Role = Role.KEY
    note: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold of a line, else it is refused with the reason."""

    reason: str
    condition: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One column of the record. `part` in the expression is 'line', 'unused' or 'split'."""

    column: str
    focus: str
    expression: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tags:
    """Where tags stand: nested columns, or every column whose name begins so."""

    nested: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """One source schema: how it is told, read and said in FOCUS columns."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    derived: tuple[Derived, ...]
    demands: tuple[Demand, ...]
    rules: tuple[Rule, ...]
    billed: str
    """The sum that adds up to the bill's own total."""
    usage: str
    """Condition on keys: the line is metered usage (its hours say how far the bill goes)."""
    invoiced: str = "invoice_id IS NOT NULL"
    """Condition on keys: providers name the invoice once the month is closed."""
    tags: Tags = field(default_factory=Tags)
    kinds: Map[str, tuple[Part, ...]] = field(default_factory=dict)
    """Parts by `charge_kind`, where they are not just the line itself."""
    known_kinds: frozenset[str] = frozenset()
    """All line types the rules tell apart, where the source has line types."""
    offset_kinds: tuple[str, ...] = ()
    """Kinds of lines that cancel each other within an hour and a commitment."""
    to_come: Map[str, str] = field(default_factory=dict)
    """Sums that a fee line states for all its `fee_hours`, each with the sum of one hour.

    What belongs to hours the bill has not got to is taken out of unused parts.
    """
    checks: tuple["Check", ...] = ()
    line_id: str | None = None
    """The column that numbers lines, where the source has one."""

    def keys(self) -> tuple[str, ...]:
        """The names records are grouped by."""
        return self._named(Role.KEY)

    def sums(self) -> tuple[str, ...]:
        """The names that are added up."""
        return self._named(Role.SUM)

    def _named(self, role: Role) -> tuple[str, ...]:
        values: tuple[Input | Derived, ...] = (*self.inputs, *self.derived)
        return tuple(value.name for value in values if value.role is role)


@dataclass(frozen=True, slots=True)
class Check:
    """A law of the schema: over `scope` keys, `expression` is zero but for `tolerance`.

    Broken, it is a finding in the report and the rows stay; a `fatal` one refuses the bill.
    """

    name: str
    meaning: str
    where: str
    scope: tuple[str, ...]
    expression: str
    having: str = "TRUE"
    tolerance: str = "0.000001"
    fatal: bool = False
    located: bool = True
    """Whether single lines show it; else it says something of the file as a whole."""
