"""When the coverage of a payer or a service has fallen, and why."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.conftest import ARecord, RecordsOf

from finops_commitments.figures.sharing import ELSEWHERE
from finops_commitments.findings.coverage import coverage_drops
from finops_commitments.findings.domain import Found
from finops_commitments.inventory.domain import Commitment

PAYER = "111111111111"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/ours"
UNTIL = datetime(2026, 10, 29, tzinfo=UTC)
"""The last whole day that the bills know of ends here."""
SINCE = UNTIL - timedelta(days=35)
LATELY = UNTIL - timedelta(days=7)

ADay = Callable[..., Iterator[dict[str, Any]]]


@pytest.fixture
def a_day(a_record: ARecord) -> ADay:
    """What a plan covered on a day, what was on demand, and what of the plan lay idle."""

    def build(
        day: datetime,
        covered: int,
        on_demand: int,
        idle: int = 0,
        region: str = "us-east-1",
        also: Mapping[str, Any] | None = None,
        plan_id: str = PLAN,
        **common: object,
    ) -> Iterator[dict[str, Any]]:
        of = {"family": "m5"} | common | {"hour": day, "charge_span": "day"}
        plan = of | {"commitment_id": plan_id, "commitment_category": "Spend"}
        plan |= {"pricing_category": "Committed"}
        if covered:
            paid = {"list_cost": covered, "effective_cost": covered / 2}
            yield a_record(**plan, commitment_status="Used", **paid)
        if idle:
            yield a_record(**plan, commitment_status="Unused", effective_cost=idle, lines=0)
        if on_demand:
            yield a_record(**of, region=region, list_cost=on_demand, effective_cost=on_demand)
        if also:
            yield from build(day, **also)

    return build


@pytest.fixture
def drops(records_of: RecordsOf, a_day: ADay) -> Callable[..., list[Found]]:
    """What fell, of days that were like `before` and then like `after`."""

    def of(
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        listed: tuple[Commitment, ...] = (),
        points: str = "10",
        fallen_from: Mapping[str, Decimal] | None = None,
        since: datetime = SINCE,
    ) -> list[Found]:
        days = [since + timedelta(days=n) for n in range((UNTIL - since).days)]
        rows = [row for day in days for row in a_day(day, **(after if day >= LATELY else before))]
        # What came since midnight is of a day that is not closed.
        rows += a_day(UNTIL, covered=0, on_demand=1000)
        known = UNTIL + timedelta(hours=9)
        return coverage_drops(records_of(rows), listed, known, Decimal(points), fallen_from or {})

    return of


Drops = Callable[..., list[Found]]


@pytest.mark.req("COM-31", part="coverage drop")
@pytest.mark.parametrize(
    ("covered", "points", "told"),
    [(70, "10", True), (71, "10", False), (71, "9", True), (79, "1", True), (90, "1", False)],
)
def test_as_many_points_as_are_set_must_be_lost(
    drops: Drops, covered: int, points: str, told: bool
) -> None:
    before = {"covered": 80, "on_demand": 20}
    after = {"covered": covered, "on_demand": 100 - covered, "idle": 4}

    found = drops(before, after, points=points)

    assert [each.subject for each in found] == (
        [f"{PAYER} USD", f"{PAYER} USD AmazonEC2"] if told else []
    )


@pytest.mark.req("COM-31", part="coverage drop: with its cause and the figures")
def test_a_commitment_that_ended_is_the_cause(drops: Drops) -> None:
    before = {"covered": 80, "on_demand": 20}

    found = drops(before, {"covered": 0, "on_demand": 100})[0].facts

    assert found["cause"] == "commitment_ended"
    assert found["ended_commitments"] == PLAN
    assert (found["coverage_before_percent"], found["coverage_percent"]) == ("80", "0")
    assert (found["points"], found["ended_a_day"]) == ("80", "80")
    assert (found["on_demand_before_a_day"], found["on_demand_a_day"]) == ("20", "100")


@pytest.mark.req("COM-31", part="coverage drop: with its cause and the figures")
def test_a_listed_end_within_these_days_is_an_end_though_the_bill_shows_its_last_hours(
    drops: Drops,
) -> None:
    ended = Commitment(PLAN, "AWS", ends_at=LATELY + timedelta(hours=5))
    runs_on = Commitment(PLAN, "AWS", ends_at=UNTIL + timedelta(days=300))
    before, after = {"covered": 80, "on_demand": 20}, {"covered": 3, "on_demand": 97}

    causes = [drops(before, after, listed=(each,))[0].facts["cause"] for each in (ended, runs_on)]

    assert causes == ["commitment_ended", "used_elsewhere"]


@pytest.mark.req("COM-31", part="coverage drop: with its cause and the figures")
def test_of_what_others_share_nobody_here_knows_that_it_ended(drops: Drops) -> None:
    before = {"covered": 80, "on_demand": 20, "plan_id": ELSEWHERE}

    found = drops(before, {"covered": 0, "on_demand": 100})[0].facts

    assert (found["cause"], found["covered_less_a_day"]) == ("used_elsewhere", "80")


@pytest.mark.req("COM-31", part="coverage drop: with its cause and the figures")
def test_usage_that_grew_or_moved_is_the_cause(drops: Drops) -> None:
    before = {"covered": 80, "on_demand": 20}

    grew = drops(before, {"covered": 80, "on_demand": 80})[0].facts
    moved = drops(before, {"covered": 20, "on_demand": 80, "idle": 30, "region": "eu-west-1"})[
        0
    ].facts

    assert (grew["cause"], grew["grown_a_day"], grew["moved_to"]) == ("usage_grew", "60", None)
    assert (moved["cause"], moved["covered_less_a_day"]) == ("usage_moved", "60")
    assert (moved["moved_from"], moved["moved_to"]) == ("us-east-1 m5", "eu-west-1 m5")


@pytest.mark.req("COM-31", part="coverage drop: ends when it recovers")
def test_what_fell_is_compared_with_what_it_fell_from_until_half_of_it_is_back(
    drops: Drops,
) -> None:
    low, half = {"covered": 60, "on_demand": 40}, {"covered": 75, "on_demand": 25}
    nearly = {"covered": 74, "on_demand": 26}
    fell = {f"{PAYER} USD": Decimal(80), f"{PAYER} USD AmazonEC2": Decimal(80)}

    assert drops(low, low) == []
    assert [each.facts["points"] for each in drops(low, low, fallen_from=fell)] == ["20", "20"]
    assert len(drops(low, nearly, fallen_from=fell)) == 2
    assert len(drops(low, half, fallen_from=fell)) == 2
    assert drops(low, {"covered": 76, "on_demand": 24}, fallen_from=fell) == []


@pytest.mark.req("COM-31", part="coverage drop: no noise")
def test_a_small_service_is_not_told_of_and_a_large_one_is(drops: Drops) -> None:
    same = {"covered": 80, "on_demand": 20}

    database = {"service": "AmazonRDS", "usage_type": "InstanceUsage:db.m5.large"}

    def of(size: int) -> list[str]:
        was = same | {"also": database | {"covered": size, "on_demand": 0}}
        now = same | {"also": database | {"covered": 0, "on_demand": size}}
        return [each.subject for each in drops(was, now)]

    assert of(4) == []
    assert of(8) == [f"{PAYER} USD AmazonRDS"]


@pytest.mark.req("COM-31", part="coverage drop: no noise")
def test_a_bill_that_is_younger_or_a_price_that_is_not_known_is_no_fall(drops: Drops) -> None:
    before, after = {"covered": 80, "on_demand": 20}, {"covered": 8, "on_demand": 92}

    assert drops(before, after, since=SINCE + timedelta(days=1)) == []
    assert len(drops(before, after)) == 2
    assert drops(before, after | {"lines_without_list_cost": 1}) == []
    assert drops(before, {"covered": 0, "on_demand": 0}) == []
