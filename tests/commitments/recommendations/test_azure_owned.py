"""What a payer of Azure owns already is never advised to be bought again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.test_azure import (
    COVERED,
    DAYS,
    KNOWN,
    PAYER,
    PLAN,
    SINCE,
    SMALL,
    STEADY,
    WANTED,
    Days,
    Market,
    a_rate,
    a_reservation,
    amounts,
    market,
    named,
    prices_of,
    running,
)

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment, Scope, merged
from finops_commitments.inventory.listed import from_provider
from finops_commitments.inventory.service import billed_at
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.markets import market_of
from finops_commitments.recommendations.portfolios import solve
from finops_common.contracts.ingestion import ListedCommitment

__all__ = ["market", "running"]

RESERVATION = COVERED["commitment_id"]
YEAR = timedelta(days=365)
UNTIL = SINCE + timedelta(days=DAYS)


def a_listed(kind: str, since: datetime, **known: Any) -> Commitment:  # noqa: ANN401 - fields of a listing
    of = "Reservation" if kind == "reservation" else "Savings Plan"
    return from_provider(
        ListedCommitment(
            **{
                "provider": "Microsoft",
                "id": RESERVATION,
                "kind": kind,
                "type": of,
                "owner_account_id": "9ec51cfd",
                "term_months": 12,
                "payment_option": "Monthly",
                "starts_at": since,
                "ends_at": since + YEAR,
                "state": "active",
            }
            | known
        ),
        PAYER,
    )


def reserved(
    count: int, size: str = "D2s", since: datetime = UNTIL, region: str = "koreacentral"
) -> Commitment:
    quantity = Decimal(count)
    return a_listed(
        "reservation", since, region=region, instance_type=named(size), quantity=quantity
    )


def planned(hourly: str, since: datetime = UNTIL, currency: str = "USD") -> Commitment:
    return a_listed("savings_plan", since, hourly_commitment=Decimal(hourly), currency=currency)


@pytest.mark.req("COM-41", part="Azure: what was bought since the bill is not bought again")
def test_a_reservation_that_is_not_on_the_bill_yet_is_not_bought_again(
    running: Days, market: Market
) -> None:
    rows = running("D2s", STEADY)
    offers = (a_reservation("D2s", "0.06"), a_rate("D2s", "0.07"))

    # Bought today: two days after the last that may be looked back on.
    all_of_it = market(rows, *offers, held=[reserved(10, since=KNOWN)])
    some = market(rows, *offers, held=[reserved(4)])

    assert amounts(solve(all_of_it, WANTED)) == {}
    assert (all_of_it.market.owned[-1] == 20).all()
    assert amounts(solve(some, WANTED)) == {SMALL: (6, Decimal("0.36"))}


@pytest.mark.req("COM-41", part="Azure: what was bought since the bill is not bought again")
def test_a_savings_plan_that_is_not_on_the_bill_yet_is_not_bought_again(
    running: Days, market: Market
) -> None:
    ahead = market(running("D2s", STEADY), a_rate("D2s", "0.07"), held=[planned("0.42")])

    # 0.42 of the 0.7 that all of it costs under a plan.
    assert amounts(solve(ahead, WANTED)) == {PLAN: (None, Decimal("0.28"))}


@pytest.mark.req("COM-41", part="Azure: owned reservations flex over their group, by cores")
def test_a_larger_size_of_the_group_counts_as_many_as_it_has_cores(
    running: Days, market: Market
) -> None:
    held = [reserved(2, "D4s", region="Korea Central")]

    ahead = market(running("D2s", STEADY), a_reservation("D2s", "0.06"), held=held)

    assert amounts(solve(ahead, WANTED)) == {SMALL: (6, Decimal("0.36"))}


@pytest.mark.req("COM-41", part="Azure: an owned reservation holds what it covers, until it ends")
def test_a_reservation_on_the_bill_leaves_what_it_does_not_cover(
    running: Days, records_of: Callable[[Sequence[dict[str, Any]]], HourlyRecords], market: Market
) -> None:
    # The half of the look-back before it began was on demand.
    before = running("D2s", [10.0] * 6)
    after = running("D2s", [0.0] * 6 + [10.0] * 8, commitment_quantity="240", **COVERED)
    rows = [*before, *after]
    (billed,) = billed_at(records_of(rows), KNOWN).commitments
    listed = reserved(10, since=SINCE + timedelta(days=6))
    ends = replace(listed, ends_at=UNTIL + timedelta(days=6))

    kept = market(rows, a_reservation("D2s", "0.06"), held=[merged(listed, billed)])
    over = market(rows, a_reservation("D2s", "0.06"), held=[merged(ends, billed)])

    assert amounts(solve(kept, WANTED)) == {}
    assert (over.market.demand == 1.0).all()
    assert over.market.owned[-1].tolist() == [20.0] * 144 + [0.0] * 144


@pytest.mark.parametrize(
    ("effective", "committed", "currency"),
    [("16.8", "0.7", "USD"), ("0", "0.7", "USD"), ("16.8", "100", "KRW")],
)
@pytest.mark.req(
    "COM-41", part="Azure: an owned plan holds its commitment, whatever view is billed"
)
def test_a_plan_on_the_bill_holds_what_was_committed(
    running: Days, market: Market, effective: str, committed: str, currency: str
) -> None:
    covered = COVERED | {
        "commitment_type": "Savings Plan",
        "commitment_category": "Spend",
        "effective_cost": effective,
    }
    rows = [*running("D2s", [10.0] * 10), *running("D2s", [0.0] * 10 + [10.0] * 4, **covered)]
    # Its first day is spread over hours before it began.
    held = [planned(committed, SINCE + timedelta(days=10, hours=12), currency)]

    ahead = market(rows, a_rate("D2s", "0.07"), held=held)

    assert amounts(solve(ahead, WANTED)) == {}


@pytest.mark.req("COM-41", part="Azure: what is owned is found, whose bills are FOCUS too")
def test_the_owned_are_found_where_bills_write_the_payer_with_a_path(
    records_of: Callable[[Sequence[dict[str, Any]]], HourlyRecords], running: Days
) -> None:
    path = f"/providers/Microsoft.Billing/billingAccounts/{PAYER}"
    rows = running("D2s", STEADY, payer_account_id=path)
    prices = replace(prices_of(a_reservation("D2s", "0.06")), payer_account_id=path)
    family = Family(path, "USD")

    ahead = market_of(records_of(rows), prices, family, [reserved(10)], SINCE, KNOWN)

    assert ahead is not None
    assert amounts(solve(ahead, WANTED)) == {}


def test_what_a_reservation_of_another_service_covers_stays_covered(
    running: Days, market: Market
) -> None:
    database = {"service": "SQL Database", "usage_type": "vCore", "instance_type": None}
    rows = [*running("D2s", STEADY), *running("D2s", STEADY, **(COVERED | database))]
    held = [a_listed("reservation", SINCE, region="koreacentral", quantity=Decimal(10))]
    of_sql = [replace(held[0], scope=Scope(region="koreacentral", instance_type="SQLDB_GP_Gen5"))]

    ahead = market(rows, a_reservation("D2s", "0.06"), held=of_sql)

    assert amounts(solve(ahead, WANTED)) == {SMALL: (10, Decimal("0.6"))}
    assert ahead.compute_not_offered == 0
