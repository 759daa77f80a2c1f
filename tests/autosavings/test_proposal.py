"""From advice to items, to what is withheld, and to what holds a plan."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.autosavings.builders import PAYER, advice, an_account

from finops_autosavings.plans.comparison import compare, week_start
from finops_autosavings.plans.domain import Content, content_hash
from finops_autosavings.plans.proposal import propose
from finops_autosavings.plans.schedule import latest_slot
from finops_autosavings.policies.domain import Caps, Policy, PolicyVersion
from finops_common.contracts.commitments_queries import Recommendation, Rung
from finops_common.contracts.ingestion_queries import CloudAccountFacts

NOW = datetime(2026, 11, 9, 6, tzinfo=UTC)
ORGANIZATION = UUID("0197fd2e-0000-7000-8000-000000000001")
ACCOUNT = UUID("0197fd2e-0000-7000-8000-000000000002")
ADVICE = UUID("0197fd2e-0000-7000-8000-000000000003")


def account(**changes: Any) -> CloudAccountFacts:  # noqa: ANN401 - fields of CloudAccountFacts
    return an_account(**{"id": ACCOUNT, "data_until": NOW - timedelta(hours=2), **changes})


def said(hourly: str = "10", **changes: Any) -> Recommendation:  # noqa: ANN401 - fields of Recommendation
    return advice(hourly, **{"id": ADVICE, "offer_rate_date": NOW.date(), **changes})


def plan(
    facts: CloudAccountFacts | None = None,
    given: Recommendation | None = None,
    policy: Policy | None = None,
) -> Content:
    found = [facts or account()]
    current = PolicyVersion(3, policy or Policy())
    return propose(ORGANIZATION, {ACCOUNT}, found, [given or said()], current, NOW)


@pytest.mark.req("AUTO-10", part="buy items")
def test_an_item_says_saving_downside_and_the_advice_it_came_from() -> None:
    (item,) = plan().items

    assert [item.hourly_commitment, item.total_commitment] == [1, 8760]
    assert item.monthly_savings == 100
    assert dict(item.monthly_savings_if_usage_falls) == {20: 40, 40: -60}
    assert item.advice.recommendation_id == ADVICE
    assert item.advice.monthly_savings == 1000
    assert item.advice.leaves_out == ("existing plans stay as they are",)
    assert item.return_until - item.buy_at == timedelta(days=7)


@pytest.mark.req("AUTO-10", part="buy items")
def test_advice_that_would_idle_is_cut_to_what_would_not_and_keeps_its_figures() -> None:
    rungs = tuple(
        Rung(
            hourly_commitment=Decimal(amount),
            monthly_savings=Decimal(saving),
            coverage_after_percent=Decimal(coverage),
            utilization_percent=Decimal(used),
        )
        for amount, saving, coverage, used in (
            (2, 300, 30, 100),
            (5, 700, 50, 96),
            (8, 900, 70, 92),
        )
    )
    given = said(utilization_percent=Decimal(88), smaller=rungs)

    (item,) = plan(given=given).items

    assert [item.hourly_commitment, item.total_commitment] == [Decimal("0.5"), 4380]
    assert item.monthly_savings == 70
    assert dict(item.monthly_savings_if_usage_falls) == {20: 20, 40: -30}
    assert item.advice.hourly_commitment == 10
    assert item.advice.utilization_percent == 88


@pytest.mark.req("AUTO-10", part="buy items")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (said("0", monthly_savings=Decimal(0)), "no_saving"),
        (said(utilization_percent=Decimal(90)), "utilization_below_minimum"),
        (said(utilization_percent=None), "utilization_unknown"),
        (said(coverage_before_percent=Decimal(80)), "target_reached"),
        (said(term_years=3), "term_too_long"),
        (said(currency="KRW"), "currency_differs"),
        pytest.param(
            said(offer_rate_date=NOW.date() - timedelta(days=8)),
            "prices_stale",
            marks=pytest.mark.req("COM-46", part="a stale price feeds no purchase"),
        ),
    ],
)
def test_advice_the_policy_does_not_take_is_withheld_with_the_reason(
    given: Recommendation, why: str
) -> None:
    content = plan(given=given)

    assert content.items == ()
    assert [why in each.why for each in content.withheld] == [True]


@pytest.mark.req("AUTO-2", part="types, regions and caps in plans")
@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (Policy(commitment_types=()), "type_not_allowed"),
        (Policy(regions=("us-east-1",)), "regions_restricted"),
        (Policy(caps=Caps(per_month=Decimal(0))), "cap_reached"),
    ],
)
def test_what_the_policy_forbids_is_withheld(policy: Policy, why: str) -> None:
    assert [each.why for each in plan(policy=policy).withheld] == [(why,)]


@pytest.mark.req("AUTO-1", part="a reseller's payer is refused")
@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (account(payer_is_reseller=True), "payer_is_reseller"),
        (account(from_uploads_only=True), "uploads_only"),
    ],
)
def test_for_a_reseller_or_on_uploads_alone_nothing_is_bought(
    facts: CloudAccountFacts, why: str
) -> None:
    assert [each.why for each in plan(facts).withheld] == [(why,)]


@pytest.mark.req("AUTO-10", part="holds, without spikes")
@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (account(data_until=NOW - timedelta(hours=48, seconds=1)), "data_stale"),
        (account(data_until=None), "data_missing"),
        (account(last_import_state="failed"), "import_failed"),
        (account(change_pending=True), "account_change_pending"),
        (account(status="to_be_deleted"), "account_change_pending"),
        (account(status="error"), "account_not_connected"),
        (an_account(data_until=NOW), "account_missing"),
    ],
)
def test_what_makes_data_doubtful_holds_the_plan(facts: CloudAccountFacts, why: str) -> None:
    content = plan(facts)

    assert content.state == "held"
    assert [(each.why, each.cloud_account_id) for each in content.holds] == [(why, ACCOUNT)]


@pytest.mark.req("AUTO-10", part="holds, without spikes")
def test_data_of_exactly_48_hours_still_do() -> None:
    assert plan(account(data_until=NOW - timedelta(hours=48))).state == "made"


@pytest.mark.req("AUTO-10", part="only for chosen accounts")
def test_advice_for_other_payers_is_none_of_this_plan() -> None:
    content = plan(given=said(payer_account_id="999900001111"))

    assert (content.items, content.withheld) == ((), ())


@pytest.mark.req("AUTO-11", part="content hash")
def test_the_same_content_has_the_same_hash_in_every_process() -> None:
    script = "from tests.autosavings.test_proposal import plan, content_hash; print(content_hash(plan()))"

    hashes = {
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(["", *sys.path])},
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert hashes == {content_hash(plan())}


@pytest.mark.req("AUTO-11", part="content hash")
@pytest.mark.parametrize(
    "other",
    [
        lambda: plan(given=said("10.1")),
        lambda: plan(policy=Policy(weekly_share_percent=Decimal(11))),
        lambda: plan(account(last_import_state="failed")),
        lambda: plan(given=said(leaves_out=())),
    ],
)
def test_other_content_has_another_hash(other: Callable[[], Content]) -> None:
    assert content_hash(other()) != content_hash(plan())


@pytest.mark.req("AUTO-11", part="content hash")
def test_how_a_number_is_written_does_not_change_the_hash() -> None:
    written = said("10.000", monthly_savings=Decimal("1E+3"))

    assert content_hash(plan(given=written)) == content_hash(plan())


@pytest.mark.req("AUTO-11", part="comparison")
def test_a_comparison_names_what_came_went_and_changed() -> None:
    before, after = plan(), plan(given=said("12"))

    (change,) = compare(before, after).items
    assert (change.payer_account_id, change.change) == (PAYER, "changed")
    assert {field.name: (field.before, field.after) for field in change.fields}[
        "hourly_commitment"
    ] == ("1", "1.2")
    assert [each.change for each in compare(before, before).items] == ["same"]
    assert [each.change for each in compare(None, after).items] == ["added"]
    nothing = plan(given=said(term_years=3))
    assert [each.change for each in compare(after, nothing).items] == ["removed"]
    assert compare(after, nothing).totals_after.hourly_commitment == 0


@pytest.mark.req("AUTO-10", part="day and hour per organization")
@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (datetime(2026, 11, 9, 6, tzinfo=UTC), datetime(2026, 11, 9, 6, tzinfo=UTC)),
        (datetime(2026, 11, 9, 5, 59, tzinfo=UTC), datetime(2026, 11, 2, 6, tzinfo=UTC)),
        (datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 9, 6, tzinfo=UTC)),
    ],
)
def test_the_slot_is_the_newest_monday_at_six(now: datetime, slot: datetime) -> None:
    assert latest_slot(now, weekday=0, hour=6) == slot


def test_a_week_begins_on_monday_at_midnight() -> None:
    assert week_start(NOW + timedelta(days=6)) == datetime(2026, 11, 9, tzinfo=UTC)
