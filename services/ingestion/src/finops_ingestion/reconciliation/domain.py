"""An invoice against our records: the difference, explained in parts that add up to it exactly."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, localcontext
from itertools import combinations
from typing import Literal

from finops_common.contracts.ingestion import Finality
from finops_common.money import MINOR_DIGITS

State = Literal["reconciled", "explained", "open"]
Key = tuple[str | None, str]
"""An invoice's id, None for lines that name none, and its currency."""

_EXACT = Context(prec=200, traps=[Inexact])
_KINDS = ("tax", "credit", "refund", "rounding")


@dataclass(frozen=True)
class Charge:
    """What one kind of lines adds to an invoice: by the bill's own column, by our records."""

    invoice_id: str | None
    issuer: str | None
    currency: str
    charge_category: str
    kind: str
    billed: Decimal
    recorded: Decimal
    lines: int


@dataclass(frozen=True)
class Statement:
    """What an invoice itself comes to, and who says so: a person, or the bill that names it."""

    invoice_id: str
    amount: Decimal
    currency: str
    stated_by: Literal["person", "bill"] = "person"
    stated_at: datetime | None = None


@dataclass(frozen=True)
class Parts:
    """What makes an invoice differ from our records; together exactly the difference.

    Each part is what the invoice has more (or, negative, less) for that reason.
    """

    tax: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    refund: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    late: Decimal = Decimal(0)
    """Of lines that came after the month was first closed."""
    unexplained: Decimal = Decimal(0)

    def total(self) -> Decimal:
        return total(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True)
class Invoice:
    """One invoice, or the lines of one currency that name none."""

    invoice_id: str | None
    currency: str
    charges: tuple[Charge, ...]
    stated: Statement | None = None
    late: Decimal = Decimal(0)

    @property
    def issuers(self) -> tuple[str, ...]:
        return tuple(sorted({charge.issuer for charge in self.charges if charge.issuer}))

    @property
    def recorded(self) -> Decimal:
        return total(charge.recorded for charge in self.charges)

    @property
    def billed(self) -> Decimal:
        return total(charge.billed for charge in self.charges)

    @property
    def difference(self) -> Decimal | None:
        """What the invoice has more than our records; None while nobody has stated it."""
        return None if self.stated is None else less(self.stated.amount, self.recorded)

    @property
    def parts(self) -> Parts | None:
        difference = self.difference
        if difference is None:
            return None
        absent = {kind: total(self._of(kind)) for kind in _KINDS} | {"late": self.late}
        return explain(difference, absent, most_rounding(self.currency, len(self.charges)))

    @property
    def state(self) -> State:
        parts = self.parts
        if parts is None:
            return "open" if self.recorded or self.billed else "reconciled"
        if parts.unexplained:
            return "open"
        return (
            "explained"
            if any((parts.tax, parts.credit, parts.refund, parts.late))
            else "reconciled"
        )

    def _of(self, kind: str) -> Iterable[Decimal]:
        return (charge.recorded for charge in self.charges if charge.kind == kind)


@dataclass(frozen=True)
class Reconciliation:
    """A billing period of a source: the revision that stands, and its invoices."""

    period: date
    revision: int
    finality: Finality | None
    invoices: tuple[Invoice, ...]

    @property
    def state(self) -> State:
        """The worst of its invoices'; open while there is nothing to compare."""
        states = {invoice.state for invoice in self.invoices}
        return next(
            (each for each in ("open", "explained") if each in states or not states), "reconciled"
        )

    def sums(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """What the records and what the bill's own column add up to, by currency."""
        found: dict[str, list[Invoice]] = defaultdict(list)
        for invoice in self.invoices:
            found[invoice.currency].append(invoice)
        return {
            currency: (total(i.recorded for i in some), total(i.billed for i in some))
            for currency, some in sorted(found.items())
        }


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; Python's own context would round at 28 digits."""
    with localcontext(_EXACT):
        return sum(amounts, Decimal(0))


def less(amount: Decimal, other: Decimal) -> Decimal:
    """The exact difference."""
    return _EXACT.subtract(amount, other)


def most_rounding(currency: str, kinds: int) -> Decimal:
    """Half a minor unit for each kind of lines that an invoice rounds and sums."""
    return Decimal(5).scaleb(-MINOR_DIGITS.get(currency, 2) - 1) * max(kinds, 1)


def explain(difference: Decimal, absent: Mapping[str, Decimal], rounding: Decimal) -> Parts:
    """Which of our sums the invoice leaves out, so that but for rounding nothing remains.

    `absent` has what an invoice may leave out, by part, and `rounding` how far it may be off.
    The fewest parts that explain all are taken; if none do, none is claimed.
    """
    claimable = {part: -amount for part, amount in absent.items() if amount}
    for count in range(len(claimable) + 1):
        rests = {
            some: less(difference, total(claimable[part] for part in some))
            for some in combinations(claimable, count)
        }
        some = min(rests, key=lambda parts: abs(rests[parts]))
        if abs(rests[some]) <= rounding:
            parts = {part: claimable[part] for part in some}
            parts["rounding"] = total((parts.get("rounding", Decimal(0)), rests[some]))
            return Parts(**parts)
    return Parts(unexplained=difference)


def invoices_of(
    charges: Sequence[Charge],
    first_closed: Sequence[Charge],
    stated: Sequence[Statement],
    *,
    closed: bool,
) -> tuple[Invoice, ...]:
    """A period's invoices: those its lines name, those people state, and lines that name none.

    Lines without an invoice belong to the only stated one of their currency that no line names.
    `closed`: of a closed month, the bill itself states the invoices it names.
    """
    mine = _by_invoice(charges)
    before = _named_since(_sums(first_closed), mine)
    told: dict[Key, Statement] = {(each.invoice_id, each.currency): each for each in stated}
    for key in [key for key in mine if key[0] is None]:
        strangers = [k for k in told if k not in mine and k[1] == key[1]]
        if len(strangers) == 1:
            mine[strangers[0]] = mine.pop(key)
    found = []
    for key in sorted(mine.keys() | told.keys(), key=lambda key: (key[0] or "", key[1])):
        some = tuple(mine.get(key, ()))
        says = told.get(key) or (_by_bill(key, some) if closed else None)
        known = {(charge.invoice_id, charge.currency) for charge in some}
        late = less(
            total(c.recorded for c in some), total(before.get(k, Decimal(0)) for k in known)
        )
        found.append(Invoice(*key, some, says, late if first_closed else Decimal(0)))
    return tuple(found)


def _sums(charges: Iterable[Charge]) -> dict[Key, Decimal]:
    found = _by_invoice(charges).items()
    return {key: total(charge.recorded for charge in some) for key, some in found}


def _named_since(before: dict[Key, Decimal], now: Collection[Key]) -> dict[Key, Decimal]:
    """What a month charged when it closed, by today's invoices.

    Lines that named no invoice then and do now are not late: they are the only new invoice's,
    or, where none is new, the only invoice's.
    """
    for currency in {key[1] for key in before if key[0] is None} - {
        key[1] for key in now if key[0] is None
    }:
        mine = [key for key in now if key[1] == currency]
        theirs = [key for key in mine if key not in before] or mine
        if len(theirs) == 1:
            unnamed = before.pop((None, currency))
            before[theirs[0]] = total((before.get(theirs[0], Decimal(0)), unnamed))
    return before


def _by_invoice(charges: Iterable[Charge]) -> dict[Key, list[Charge]]:
    found: dict[Key, list[Charge]] = defaultdict(list)
    for charge in charges:
        found[charge.invoice_id, charge.currency].append(charge)
    return dict(found)


def _by_bill(key: Key, charges: Sequence[Charge]) -> Statement | None:
    invoice_id, currency = key
    if invoice_id is None:
        return None
    return Statement(invoice_id, total(charge.billed for charge in charges), currency, "bill")
