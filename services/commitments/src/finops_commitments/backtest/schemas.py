"""Backtests on the wire."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from finops_commitments.backtest.own import NEEDED_HOURS, OwnBacktest
from finops_commitments.backtest.policies import POLICIES
from finops_commitments.backtest.replay import Outcome, Summary
from finops_commitments.backtest.service import Backtests
from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.offers.domain import PaymentOption
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText

_STEP = Decimal("1e-6")
_PERCENT = 100


class SummaryView(BaseModel):
    """Over the starts; p10 is the 10th percentile."""

    mean: DecimalText
    p10: DecimalText
    worst: DecimalText


class OutcomeView(BaseModel):
    """What one policy saved in one replay."""

    policy: str
    saved: DecimalText = Field(description="negative: it lost")


class StartView(BaseModel):
    """Replays from one hour on, with nothing bought before; money over `hours`."""

    start: datetime
    hours: int
    on_demand: DecimalText = Field(description="what the usage cost without any commitment")
    best: DecimalText = Field(description="saved by the best constant commitment in hindsight")
    outcomes: list[OutcomeView]


class PolicyView(BaseModel):
    """One policy over all starts."""

    policy: str
    monthly_savings: SummaryView | None = Field(description="730 hours; none without starts")
    percent_of_best: SummaryView | None = Field(
        description="of what the best constant commitment in hindsight saves"
    )
    buys_now: DecimalText = Field(description="money per hour it would commit today")


class BacktestView(BaseModel):
    """A payer's own history under every policy, for Compute Savings Plans."""

    payer_account_id: str
    currency: str
    known_days: int = Field(description="since the first usage a plan could cover")
    needed_days: int
    too_short: bool = Field(description="fewer days are known than needed: nothing was replayed")
    in_spike: bool = Field(description="ours holds its target: usage is 20 % above its quarter's")
    in_fall: bool = Field(description="ours buys nothing: usage fell 10 % in a week")
    policies: list[PolicyView]
    starts: list[StartView]


class BacktestsView(BaseModel):
    """What each policy would have saved; see docs/backtest.md for the policies."""

    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION
    term_years: int
    payment_option: PaymentOption
    items: list[BacktestView]
    without_offers: list[str] = Field(
        description="payers with no price list, or none on these terms for what they use"
    )


def backtests_view(found: Backtests, term_years: int, payment: PaymentOption) -> BacktestsView:
    """All payers on the wire."""
    return BacktestsView(
        since=found.since,
        until=found.until,
        as_of=found.as_of,
        finality=found.finality,
        term_years=term_years,
        payment_option=payment,
        items=[_view(each) for each in found.tested],
        without_offers=sorted({each.payer_account_id for each in found.untested}),
    )


def _view(own: OwnBacktest) -> BacktestView:
    return BacktestView(
        payer_account_id=own.family.payer_account_id,
        currency=own.family.currency,
        known_days=own.known_hours // 24,
        needed_days=NEEDED_HOURS // 24,
        too_short=not own.starts,
        in_spike=own.in_spike,
        in_fall=own.in_fall,
        policies=[_policy(own, each.name) for each in POLICIES],
        starts=[
            StartView(
                start=start.at,
                hours=start.hours,
                **_possible(next(iter(start.outcomes.values()))),
                outcomes=[
                    OutcomeView(policy=name, saved=_decimal(outcome.saved))
                    for name, outcome in start.outcomes.items()
                ],
            )
            for start in own.starts
        ],
    )


def _policy(own: OwnBacktest, name: str) -> PolicyView:
    return PolicyView(
        policy=name,
        monthly_savings=_summary(own.monthly_savings(name)) if own.starts else None,
        percent_of_best=_summary(own.shares(name), _PERCENT) if own.starts else None,
        buys_now=_decimal(own.buys_now[name]),
    )


def _possible(outcome: Outcome) -> dict[str, Decimal]:
    return {"on_demand": _decimal(outcome.demand), "best": _decimal(outcome.best)}


def _summary(found: Summary | None, scale: int = 1) -> SummaryView | None:
    if found is None:
        return None
    names = ("mean", "p10", "worst")
    return SummaryView(**{name: _decimal(getattr(found, name) * scale) for name in names})


def _decimal(value: float) -> Decimal:
    return Decimal(value).quantize(_STEP)
