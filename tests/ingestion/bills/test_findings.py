"""Broken laws of bills: told by name, with the groups and the lines that show them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.ingestion.bills.conftest import PLAN, RESERVATION

from finops_ingestion.bills.conversion import Conversion, conversion_json

PAYER = "011111111111"

Write = Callable[..., Path]
Line = Callable[..., dict[str, Any]]
Lines = Callable[..., list[dict[str, object]]]
Convert = Callable[..., Conversion]

RESERVED = {
    "reservation__ReservationARN": RESERVATION,
    "lineItem__UsageEndDate": "2026-10-31T23:59:59Z",
}


def reserved_fee(cur_line: Line, **more: object) -> dict[str, Any]:
    """A reservation's month line: 744 hours of 1.00, one of which is used."""
    unused = {
        "reservation__TotalReservedUnits": "744",
        "reservation__UnusedQuantity": "743",
        "reservation__UnusedRecurringFee": "743",
    }
    return cur_line("RIFee", 0, "744", **{**RESERVED, **unused, **more})


def reserved_usage(cur_line: Line, cost: str = "1", **more: object) -> dict[str, Any]:
    used = {"reservation__ReservationARN": RESERVATION, "reservation__EffectiveCost": cost}
    return cur_line("DiscountedUsage", 1, "0", **{**used, **more})


@pytest.mark.req("ING-14", part="each failure a finding with its rows")
def test_a_broken_law_names_the_hour_the_plan_and_the_lines(
    write_csv: Write, cur_line: Line, plan_hour: Lines, convert: Convert
) -> None:
    fee, usage, _ = plan_hour(1)
    bill = write_csv([*plan_hour(0), cur_line(hour=1), fee, usage])

    (finding,) = convert(bill).findings

    (example,) = finding.examples
    assert (finding.name, example.difference) == ("savings-plan-negation", Decimal(1))
    assert example.scope == {
        "hour": "2026-10-01 01:00:00",
        "commitment_id": PLAN,
        "currency": "USD",
    }
    assert [(place.file, place.lines) for place in example.places] == [(bill, (7,))]


@pytest.mark.req("ING-14", part="each failure a finding with its rows")
def test_lines_are_those_of_the_text_whatever_quotes_blank_and_broken_lines_do(
    write_csv: Write, cur_line: Line, plan_hour: Lines, convert: Convert
) -> None:
    fee, usage, _ = plan_hour(0)
    noted = cur_line(resourceTags__note="two\nlines")
    bill = write_csv([noted, cur_line(), fee, usage])
    head, *rest = bill.read_text().splitlines()
    bill.write_text("\n".join([head, "", *rest[:2], "too,few", *rest[2:]]) + "\n")

    (finding,) = convert(bill).findings

    (place,) = finding.examples[0].places
    (number,) = place.lines
    assert "SavingsPlanCoveredUsage" in bill.read_text().splitlines()[number - 1]


@pytest.mark.req("ING-14", part="each failure a finding with its rows")
def test_the_worst_five_groups_are_shown_with_rows_of_every_parquet_file(
    write_csv: Write, plan_hour: Lines, convert: Convert, tmp_path: Path
) -> None:
    for number, hours in enumerate((range(4), range(4, 8))):
        lines = [line for hour in hours for line in plan_hour(hour, covered=str(hour + 1))[:2]]
        table = pa_csv.read_csv(write_csv(lines))
        pq.write_table(table, tmp_path / f"{number}.parquet")

    (finding,) = convert(tmp_path / "0.parquet", tmp_path / "1.parquet").findings

    assert (finding.groups, finding.difference) == (8, Decimal(36))
    assert [example.difference for example in finding.examples] == [8, 7, 6, 5, 4]
    assert [
        [(place.file.name, place.lines) for place in example.places] for example in finding.examples
    ] == [
        [("1.parquet", (8,))],
        [("1.parquet", (6,))],
        [("1.parquet", (4,))],
        [("1.parquet", (2,))],
        [("0.parquet", (8,))],
    ]


def test_a_finding_for_machines_has_its_examples(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    bill = write_csv([cur_line("Surprise", cost="3"), cur_line("Wonder", cost="1")])

    (finding,) = conversion_json(convert(bill))["findings"]

    assert finding["meaning"].endswith(": Surprise, Wonder")
    assert finding["examples"] == [
        {
            "scope": {"charge_kind": kind},
            "difference": difference,
            "places": [{"file": str(bill), "lines": [line]}],
        }
        for kind, difference, line in (("Surprise", "3", 2), ("Wonder", "1", 3))
    ]


@pytest.mark.req("ING-14", part="used and unused cost the fee, and are the hours bought")
def test_a_reservation_whose_hours_add_up_breaks_nothing(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    own = {"lineItem__UsageAccountId": PAYER}
    bill = write_csv([reserved_fee(cur_line, **own), reserved_usage(cur_line, **own)])

    assert convert(bill).findings == ()


@pytest.mark.req("ING-14", part="used and unused cost the fee, and are the hours bought")
@pytest.mark.parametrize(
    ("fee", "usage", "broken"),
    [
        ({}, {"cost": "1.5"}, {"reservation-fee": Decimal("0.5")}),
        ({}, {"lineItem__UsageAmount": "3"}, {"reservation-hours": Decimal(2)}),
        (
            {"reservation__UnusedQuantity": "-1"},
            {},
            {"commitment-overused": Decimal(1), "reservation-hours": Decimal(744)},
        ),
    ],
)
def test_a_reservation_whose_hours_do_not_add_up_is_told(
    fee: Mapping[str, str],
    usage: Mapping[str, str],
    broken: Mapping[str, Decimal],
    write_csv: Write,
    cur_line: Line,
    convert: Convert,
) -> None:
    own = {"lineItem__UsageAccountId": PAYER}
    lines = [reserved_fee(cur_line, **own, **fee), reserved_usage(cur_line, **own, **usage)]

    found = convert(write_csv(lines)).findings

    assert {finding.name: finding.difference for finding in found} == broken


@pytest.mark.req("ING-14", part="what a member's own report cannot know is not told")
def test_the_report_of_a_member_alone_lacks_what_others_used_and_says_nothing(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    bill = write_csv([reserved_fee(cur_line), reserved_usage(cur_line, lineItem__UsageAmount="1")])

    assert convert(bill).findings == ()


COMMITTED = {
    "BilledCost": "0",
    "PricingCategory": "Committed",
    "CommitmentDiscountId": "c-1",
    "CommitmentDiscountCategory": "Spend",
    "CommitmentDiscountStatus": "Used",
    "CommitmentDiscountQuantity": "0.4",
    "CommitmentDiscountUnit": "USD",
}
BOUGHT = {
    "ChargeCategory": "Purchase",
    "ChargeFrequency": "Recurring",
    "EffectiveCost": "0",
    "CommitmentDiscountStatus": "",
    "PricingCategory": "Standard",
    "CommitmentDiscountQuantity": "1",
}
UNUSED = {"CommitmentDiscountStatus": "Unused", "CommitmentDiscountQuantity": "0.6"}


def test_a_focus_bill_with_a_whole_commitment_breaks_nothing(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    kinds = (COMMITTED, COMMITTED | UNUSED, COMMITTED | BOUGHT)

    assert convert(write_csv([focus_line(**kind) for kind in kinds])).findings == ()


@pytest.mark.req("ING-14", part="FOCUS invariants")
@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"BilledCost": "1"}, "focus-covered-billed"),
        ({"CommitmentDiscountStatus": ""}, "focus-committed-status"),
        ({"ConsumedQuantity": "2", **UNUSED}, "focus-unused-consumed"),
        ({"ChargeCategory": "Credit"}, "focus-status-named"),
        ({"CommitmentDiscountUnit": "Hours"}, "focus-commitment-unit"),
        ({**BOUGHT, "EffectiveCost": "1"}, "focus-purchase-effective"),
    ],
)
def test_each_law_of_focus_is_told_when_it_is_broken(
    changed: Mapping[str, str],
    name: str,
    write_csv: Write,
    focus_line: Line,
    convert: Convert,
) -> None:
    bill = write_csv([focus_line(), focus_line(**{**COMMITTED, **changed})])

    (finding,) = convert(bill).findings

    assert finding.name == name
    assert finding.examples[0].places[0].lines == (3,)


@pytest.mark.req("ING-14", part="Usage = Used + Unused")
def test_an_hour_of_a_commitment_that_is_not_all_used_or_unused_is_told(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    bill = write_csv([focus_line(**COMMITTED), focus_line(**(COMMITTED | BOUGHT))])

    (finding,) = convert(bill).findings

    assert (finding.name, finding.difference) == ("focus-used-and-unused", Decimal("0.6"))


@pytest.mark.req("ING-14", part="FOCUS 1.0 does not say how much a purchase bought")
def test_a_plan_without_quantities_breaks_no_law_of_quantities(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    kinds = (COMMITTED, COMMITTED | UNUSED, COMMITTED | BOUGHT)
    of_later_versions = {"CommitmentDiscountQuantity", "CommitmentDiscountUnit"}
    lines = [
        {name: value for name, value in focus_line(**kind).items() if name not in of_later_versions}
        for kind in kinds
    ]

    assert convert(write_csv(lines)).findings == ()


@pytest.mark.req("ING-14", part="credits of a commitment's fee")
def test_credits_that_take_back_more_than_a_fee_are_told(
    write_json: Write, gcp_line: Line, convert: Convert
) -> None:
    sku = {"id": "F", "description": "Compute Flexible CUD Fee - 1 Year"}
    fee = gcp_line("1", 0, [("FEE_UTILIZATION_OFFSET", "-1.5")], sku=sku)

    found = convert(write_json([gcp_line(), fee])).findings

    told = {finding.name: finding.examples[0] for finding in found}
    assert told["cud-overused"].difference == Decimal("-0.5")
    assert told["cud-overused"].places[0].lines == (2,)


@pytest.mark.req("ING-14", part="duplicates")
def test_line_items_that_stand_twice_are_told_with_all_their_lines(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    once, twice = cur_line(cost="3"), cur_line(hour=1, cost="5")

    conversion = convert(
        write_csv([once, twice], "a.csv"),
        write_csv([twice, once | {"bill/InvoiceId": "I-1"}], "b.csv"),
    )

    (finding,) = conversion.findings
    (example,) = finding.examples
    assert (finding.name, finding.groups, finding.difference) == ("line-items-twice", 1, Decimal(5))
    assert example.scope == {"hour": "2026-10-01 01:00:00"}
    assert [(p.file.name, p.lines) for p in example.places] == [("a.csv", (3,)), ("b.csv", (2,))]
    assert sum(total.costs.billed_cost for total in conversion.totals) == 16


def test_equal_lines_that_nothing_numbers_are_as_many_charges(
    write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    assert convert(write_csv([focus_line(), focus_line()])).findings == ()
