"""Simulated against billed on the wire."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from finops_commitments.agreement.domain import Agreement, Compared, NotComparable, Reason
from finops_commitments.agreement.rebuilt import Payer
from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText

_STEP = Decimal("1e-6")
GOAL = Decimal("0.1")
"""Percent by which the hours of a closed month may differ."""


class MonthComparedView(BaseModel):
    """Money of the month. The difference adds up hours, so that none sets off another."""

    billed: DecimalText
    simulated: DecimalText
    difference: DecimalText
    difference_percent: DecimalText


class DifferenceCauseView(MonthComparedView):
    """A commitment's used money, or an account's on-demand usage, that differs."""

    kind: Literal["commitment", "usage"]
    name: str
    account_id: str


class OpenOrdersView(BaseModel):
    """Which of the orders AWS leaves open the month shows; null: neither way."""

    shared_ec2_instance_plans_before_own_compute_plans: bool | None
    newest_of_equal_commitments_first: bool | None


class AgreementView(BaseModel):
    """One payer's month, simulated from its own usage, commitments and prices."""

    payer_account_id: str
    currency: str
    agrees: bool = Field(description=f"both differ by at most {GOAL} %")
    used_commitment: MonthComparedView
    on_demand: MonthComparedView = Field(description="at public price")
    orders: OpenOrdersView
    causes: list[DifferenceCauseView] = Field(description="largest first, at most five")


class NotComparableView(BaseModel):
    """A payer whose bill does not tell what a simulation needs."""

    payer_account_id: str
    currency: str
    provider: str
    reason: Reason = Field(
        description="daily_lines: commitments apply by the hour, the bill tells days;"
        " commitment_not_named: the bill does not say which commitment covered a line"
    )


class AgreementsView(BaseModel):
    """A month of all payers; an open month is not compared."""

    month: date
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION
    items: list[AgreementView]
    not_comparable: list[NotComparableView]


def agreement_views(found: Mapping[Payer, Agreement]) -> list[AgreementView]:
    """All payers on the wire."""
    return [_view(payer, each) for payer, each in found.items()]


def not_comparable_views(found: Iterable[NotComparable]) -> list[NotComparableView]:
    """All that could not be compared on the wire."""
    return [
        NotComparableView(
            payer_account_id=each.payer.account_id,
            currency=each.payer.currency,
            provider=each.provider,
            reason=each.reason,
        )
        for each in found
    ]


def _view(payer: Payer, found: Agreement) -> AgreementView:
    used, on_demand = _compared(found.used_commitment), _compared(found.on_demand)
    return AgreementView(
        payer_account_id=payer.account_id,
        currency=payer.currency,
        agrees=max(used.difference_percent, on_demand.difference_percent) <= GOAL,
        used_commitment=used,
        on_demand=on_demand,
        orders=OpenOrdersView(
            shared_ec2_instance_plans_before_own_compute_plans=found.inferred.shared_instance_plans_first,
            newest_of_equal_commitments_first=found.inferred.newest_first,
        ),
        causes=[
            DifferenceCauseView(
                kind=each.kind,
                name=each.name,
                account_id=each.account,
                **dict(_compared(each.compared)),
            )
            for each in found.causes
        ],
    )


def _compared(found: Compared) -> MonthComparedView:
    return MonthComparedView(
        billed=_decimal(found.billed),
        simulated=_decimal(found.simulated),
        difference=_decimal(found.apart),
        difference_percent=_decimal(found.percent),
    )


def _decimal(value: float) -> Decimal:
    return Decimal(value).quantize(_STEP)
