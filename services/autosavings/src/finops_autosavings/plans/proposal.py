"""From advice, accounts and policy to the content of a plan. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from uuid import UUID

from finops_autosavings.plans.domain import (
    AdviceTaken,
    Content,
    Hold,
    Item,
    Limit,
    WhyHeld,
    WhyWithheld,
    Withheld,
)
from finops_autosavings.plans.ladder import (
    EXACT,
    RETURN_DAYS,
    Room,
    part,
    room,
    slices,
    sure_enough,
    this_week,
    when_to_buy,
)
from finops_autosavings.policies.domain import Policy, PolicyVersion
from finops_common.contracts.commitments_queries import Recommendation
from finops_common.contracts.ingestion_queries import CloudAccountFacts

OLDEST_DATA = timedelta(hours=48)
OLDEST_PRICES = timedelta(days=7)
_CENT = Decimal("1e-6")
_CHANGING = {"pre_registration", "to_be_deleted"}
_UNREADABLE = {"error", "update_required"}


def propose(
    organization_id: UUID,
    active: Collection[UUID],
    accounts: Sequence[CloudAccountFacts],
    advice: Sequence[Recommendation],
    current: PolicyVersion,
    now: datetime,
) -> Content:
    """What to do for the payers of the `active` accounts; the largest saving first."""
    concerned = [each for each in accounts if each.id in active]
    payers: dict[str, list[CloudAccountFacts]] = {}
    for account in concerned:
        payers.setdefault(account.payer_account_id, []).append(account)
    mine = [each for each in advice if each.payer_account_id in payers]
    mine.sort(key=lambda each: (-each.monthly_savings, each.payer_account_id, each.id))
    items: list[Item] = []
    withheld: list[Withheld] = []
    left = room(current.policy.caps)
    for each in mine:
        made = _weigh(each, payers[each.payer_account_id], current.policy, left, now)
        if isinstance(made, Item):
            items.append(made)
            left = left.without(made.total_commitment, made.upfront)
        else:
            withheld.append(made)
    return Content(
        organization_id=organization_id,
        policy_version=current.version,
        mode=current.policy.mode,
        currency=current.policy.currency,
        items=tuple(items),
        withheld=tuple(withheld),
        holds=tuple(holds(active, concerned, now)),
    )


def holds(
    active: Collection[UUID], accounts: Sequence[CloudAccountFacts], now: datetime
) -> Iterator[Hold]:
    """Every reason for which no plan may be carried out now, by account."""
    known = {account.id for account in accounts}
    for account_id in sorted(set(active) - known):
        yield Hold("account_missing", account_id)
    for account in sorted(accounts, key=lambda each: each.id):
        for why in _why_held(account, now):
            yield Hold(why, account.id)


def _why_held(account: CloudAccountFacts, now: datetime) -> Iterator[WhyHeld]:
    if account.change_pending or account.status in _CHANGING:
        yield "account_change_pending"
    if account.status in _UNREADABLE:
        yield "account_not_connected"
    if account.last_import_state == "failed":
        yield "import_failed"
    if account.data_until is None:
        yield "data_missing"
    elif now - account.data_until > OLDEST_DATA:
        yield "data_stale"


def _weigh(
    advice: Recommendation,
    accounts: Sequence[CloudAccountFacts],
    policy: Policy,
    left: Room,
    now: datetime,
) -> Item | Withheld:
    why = tuple(_why_withheld(advice, accounts, policy, now))
    sure = sure_enough(advice, policy.minimum_utilization_percent)
    if sure is None:
        why = (*why, "utilization_below_minimum")
    elif not why:
        amount, limit = this_week(sure, policy, left)
        parts = slices(amount, policy.largest_slice)
        if parts:
            return _item(advice, sure, parts, when_to_buy(now, policy), limit)
        why = ("no_saving",) if limit == "weekly_share" else ("cap_reached",)
    return Withheld(advice.payer_account_id, advice.id, why)


def _why_withheld(
    advice: Recommendation,
    accounts: Sequence[CloudAccountFacts],
    policy: Policy,
    now: datetime,
) -> Iterator[WhyWithheld]:
    if any(account.payer_is_reseller for account in accounts):
        yield "payer_is_reseller"
    if any(account.from_uploads_only for account in accounts):
        yield "uploads_only"
    yield from _not_worth_it(advice, policy)
    yield from _not_allowed(advice, policy)
    if now.date() - advice.offer_rate_date > OLDEST_PRICES:
        yield "prices_stale"


def _not_worth_it(advice: Recommendation, policy: Policy) -> Iterator[WhyWithheld]:
    if advice.hourly_commitment <= 0 or advice.monthly_savings <= 0:
        yield "no_saving"
    if advice.utilization_percent is None:
        yield "utilization_unknown"
    before = advice.coverage_before_percent
    if before is not None and before >= policy.target_coverage_percent:
        yield "target_reached"


def _not_allowed(advice: Recommendation, policy: Policy) -> Iterator[WhyWithheld]:
    if advice.currency != policy.currency:
        yield "currency_differs"
    if advice.commitment_type not in policy.commitment_types:
        yield "type_not_allowed"
    # A Compute Savings Plan covers every region: it cannot be kept inside a few.
    if policy.regions:
        yield "regions_restricted"
    if advice.term_years > policy.longest_term_years:
        yield "term_too_long"


def _item(
    advice: Recommendation,
    sure: Recommendation,
    parts: tuple[Decimal, ...],
    buy_at: datetime,
    limit: Limit,
) -> Item:
    amount = sum(parts, Decimal(0))
    falls = sorted(sure.monthly_savings_if_usage_falls.items())
    return Item(
        kind="buy",
        payer_account_id=advice.payer_account_id,
        commitment_type=advice.commitment_type,
        term_years=advice.term_years,
        payment_option=advice.payment_option,
        hourly_commitment=amount,
        slices=parts,
        total_commitment=_up(part(sure.total_commitment, amount, sure)),
        upfront=_up(part(sure.upfront, amount, sure)),
        monthly_savings=_down(part(sure.monthly_savings, amount, sure)),
        monthly_savings_if_usage_falls={
            percent: _down(part(saving, amount, sure)) for percent, saving in falls
        },
        buy_at=buy_at,
        return_until=buy_at + timedelta(days=RETURN_DAYS),
        limited_by=limit,
        advice=_taken(advice),
    )


def _taken(advice: Recommendation) -> AdviceTaken:
    return AdviceTaken(
        recommendation_id=advice.id,
        hourly_commitment=advice.hourly_commitment,
        monthly_savings=advice.monthly_savings,
        coverage_before_percent=advice.coverage_before_percent,
        coverage_after_percent=advice.coverage_after_percent,
        utilization_percent=advice.utilization_percent,
        break_even_months=advice.break_even_months,
        lookback_since=advice.lookback_since,
        lookback_until=advice.lookback_until,
        offer_rate_date=advice.offer_rate_date,
        leaves_out=advice.leaves_out,
    )


def _up(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_CEILING, EXACT)


def _down(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_FLOOR, EXACT)
