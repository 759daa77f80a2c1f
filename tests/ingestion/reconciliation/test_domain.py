"""Why an invoice differs from our records: explained or not, the parts are the difference."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_ingestion.reconciliation.domain import (
    Charge,
    Parts,
    Reconciliation,
    Statement,
    explain,
    invoices_of,
    most_rounding,
    total,
)

KINDS = ("usage", "purchase", "tax", "credit", "refund", "adjustment", "rounding")
amounts = st.decimals(-(10**24), 10**24, places=12)


def a_charge(
    amount: str | Decimal,
    kind: str = "usage",
    invoice: str | None = "INV-1",
    currency: str = "USD",
    billed: str | Decimal | None = None,
) -> Charge:
    recorded = Decimal(amount)
    own = recorded if billed is None else Decimal(billed)
    return Charge(invoice, "AWS Inc.", currency, kind.title(), kind, own, recorded, 1)


def stated(amount: str, invoice: str = "INV-1", currency: str = "USD") -> Statement:
    return Statement(invoice, Decimal(amount), currency)


@st.composite
def charges(draw: st.DrawFn) -> Charge:
    invoice = draw(st.sampled_from((None, "A", "B")))
    currency = draw(st.sampled_from(("USD", "KRW")))
    return a_charge(
        draw(amounts), draw(st.sampled_from(KINDS)), invoice, currency, billed=draw(amounts)
    )


@pytest.mark.req("ING-15", part="the parts are the difference exactly")
@given(
    st.lists(charges()),
    st.lists(charges(), max_size=4),
    st.dictionaries(st.sampled_from(("A", "B", "C")), amounts),
    st.booleans(),
)
def test_whatever_is_charged_and_stated_the_parts_add_up_to_the_difference(
    now: list[Charge], before: list[Charge], told: dict[str, Decimal], closed: bool
) -> None:
    statements = [Statement(name, amount, "USD") for name, amount in told.items()]

    found = invoices_of(now, before, statements, closed=closed)

    assert total(i.recorded for i in found) == total(charge.recorded for charge in now)
    assert total(i.billed for i in found) == total(charge.billed for charge in now)
    for invoice in found:
        if invoice.parts is None:
            continue
        assert invoice.stated is not None
        assert total((invoice.recorded, invoice.parts.total())) == invoice.stated.amount
        assert (invoice.state == "open") == bool(invoice.parts.unexplained)


@given(amounts, st.dictionaries(st.sampled_from(("tax", "credit", "refund", "late")), amounts))
def test_what_is_explained_leaves_no_more_than_rounding(
    difference: Decimal, absent: dict[str, Decimal]
) -> None:
    parts = explain(difference, absent, Decimal("0.005"))

    assert parts.total() == difference
    assert not parts.unexplained or abs(parts.unexplained) > Decimal("0.005")
    assert abs(parts.rounding) <= Decimal("0.005")


@pytest.mark.req("ING-15", part="tax, credit, refund, rounding")
@pytest.mark.parametrize(
    ("amount", "parts", "state"),
    [
        ("117.00", Parts(), "reconciled"),
        ("117.01", Parts(rounding=Decimal("0.01")), "reconciled"),
        ("107.00", Parts(tax=Decimal(-10)), "explained"),
        ("120.00", Parts(credit=Decimal(3)), "explained"),
        ("110.01", Parts(tax=Decimal(-10), credit=Decimal(3), rounding=Decimal("0.01")), "explained"),
        ("117.50", Parts(unexplained=Decimal("0.50")), "open"),
        ("0", Parts(unexplained=Decimal(-117)), "open"),
    ],
)  # fmt: skip
def test_what_an_invoice_leaves_out_is_named(amount: str, parts: Parts, state: str) -> None:
    lines = [a_charge("110"), a_charge("10", "tax"), a_charge("-3", "credit")]

    (invoice,) = invoices_of(lines, (), [stated(amount)], closed=True)

    assert (invoice.parts, invoice.state) == (parts, state)


@pytest.mark.parametrize(
    ("currency", "most"), [("USD", "0.015"), ("KRW", "1.5"), ("JPY", "1.5"), ("KWD", "0.0015")]
)
def test_rounding_is_half_a_minor_unit_for_each_kind_of_lines(currency: str, most: str) -> None:
    assert most_rounding(currency, 3) == Decimal(most)


@pytest.mark.req("ING-15", part="late lines")
def test_lines_that_came_after_the_month_was_closed_explain_a_difference() -> None:
    first, now = [a_charge("100")], [a_charge("102.5")]

    (invoice,) = invoices_of(now, first, [stated("100")], closed=True)

    assert invoice.parts == Parts(late=Decimal("-2.5"))
    assert invoice.state == "explained"


@pytest.mark.req("ING-15", part="late lines, of months closed before their invoice was named")
@pytest.mark.parametrize(("now", "late"), [("100", "0"), ("102.5", "2.5")])
def test_lines_that_got_their_invoice_after_closing_are_not_late_but_later_ones_are(
    now: str, late: str
) -> None:
    first = [a_charge("100", invoice=None), a_charge("7", invoice="INV-0")]
    lines = [a_charge(now), a_charge("7", invoice="INV-0")]

    named, former = sorted(
        invoices_of(lines, first, (), closed=True), key=lambda each: each.invoice_id == "INV-0"
    )

    assert (named.invoice_id, named.late) == ("INV-1", Decimal(late))
    assert former.late == 0


@pytest.mark.parametrize(("now", "late"), [("107", "0"), ("109.5", "2.5")])
def test_lines_that_got_the_only_invoice_there_is_are_not_late(now: str, late: str) -> None:
    first = [a_charge("100", invoice=None), a_charge("7")]

    (invoice,) = invoices_of([a_charge(now)], first, (), closed=True)

    assert invoice.late == Decimal(late)


def test_a_closed_months_bill_states_the_invoices_it_names_and_no_others() -> None:
    lines = [a_charge("1"), a_charge("2", invoice=None)]

    named, unnamed = sorted(
        invoices_of(lines, (), (), closed=True), key=lambda each: each.invoice_id is None
    )
    still_open = invoices_of(lines, (), (), closed=False)

    assert named.stated == Statement("INV-1", Decimal(1), "USD", "bill")
    assert (named.state, unnamed.state) == ("reconciled", "open")
    assert {invoice.state for invoice in still_open} == {"open"}


def test_records_that_miss_some_of_the_bill_are_not_reconciled() -> None:
    (invoice,) = invoices_of([a_charge("1", billed="3")], (), (), closed=True)

    assert (invoice.parts, invoice.state) == (Parts(unexplained=Decimal(2)), "open")


def test_lines_that_name_no_invoice_are_those_of_the_only_one_that_is_stated() -> None:
    lines = [a_charge("5", invoice=None), a_charge("7", invoice=None, currency="KRW")]

    found = invoices_of(lines, (), [stated("5", "PAPER-1")], closed=False)

    assert {(i.invoice_id, i.currency): i.state for i in found} == {
        ("PAPER-1", "USD"): "reconciled",
        (None, "KRW"): "open",
    }


def test_of_two_stated_invoices_nobody_knows_which_has_the_lines_without_one() -> None:
    lines = [a_charge("5", invoice=None)]

    found = invoices_of(lines, (), [stated("2", "P-1"), stated("3", "P-2")], closed=False)

    assert [invoice.state for invoice in found] == ["open", "open", "open"]


def test_free_lines_without_an_invoice_keep_no_month_open() -> None:
    found = invoices_of([a_charge("1"), a_charge("0", invoice=None)], (), (), closed=True)

    assert {invoice.state for invoice in found} == {"reconciled"}


@pytest.mark.parametrize(
    ("amounts", "state"),
    [((), "open"), (("1", "2"), "reconciled"), (("1", "0"), "explained"), (("1", "9"), "open")],
)
def test_a_month_is_as_well_reconciled_as_its_worst_invoice(
    amounts: tuple[str, ...], state: str
) -> None:
    lines = [a_charge("1", invoice="A"), a_charge("2", "tax", "B")] if amounts else []
    told = [stated(a, name) for name, a in zip("AB", amounts, strict=False)]

    found = invoices_of(lines, (), told, closed=False)

    assert Reconciliation(None, 1, "open", found).state == state  # type: ignore[arg-type] # no month matters
