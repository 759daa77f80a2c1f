"""What a month's bill holds beside usage: commitment fees, credits, refunds and tax."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from finops_sandbox.world.apply import Draw
from finops_sandbox.world.lines import ZERO, Line, LineType, amortised_upfront
from finops_sandbox.world.model import (
    HOUR,
    ReservedInstance,
    SavingsPlan,
    hour_of,
    hours_of,
    in_force,
    month_start,
    next_month,
)
from finops_sandbox.world.prices import TERM_HOURS
from finops_sandbox.world.settlement import Settlement
from finops_sandbox.world.skus import REGION_PREFIX

_PLAN_PRODUCT = "ComputeSavingsPlans"
_SECOND = timedelta(seconds=1)
_CENT = Decimal("0.01")
_TAX_RATE = Decimal("0.10")
_GOODWILL = Decimal(-25)
_REFUND = Decimal("-18.75")


def fee_lines(settlement: Settlement) -> Iterator[Line]:
    """Upfront and recurring fees of every commitment bought before the revision's end."""
    for commitment in settlement.world.commitments:
        bought = hour_of(commitment.starts_at)
        hours = settlement.term_hours(commitment)
        if bought >= settlement.revision.ends_at or not hours:
            continue
        if bought >= month_start(settlement.month) and commitment.upfront:
            yield _upfront_fee(commitment)
        if isinstance(commitment, SavingsPlan):
            yield from _plan_fees(settlement, commitment)
        else:
            yield _reserved_fee(settlement, commitment, hours)


def _upfront_fee(commitment: ReservedInstance | SavingsPlan) -> Line:
    reserved = isinstance(commitment, ReservedInstance)
    figures = {}
    if isinstance(commitment, ReservedInstance):
        units = Decimal(commitment.count * TERM_HOURS[commitment.term])
        figures = {
            "reservation/NumberOfReservations": Decimal(commitment.count),
            "reservation/UpfrontValue": commitment.upfront,
            "reservation/TotalReservedUnits": units,
            "reservation/TotalReservedNormalizedUnits": units * commitment.factor,
        }
    return Line(
        type="Fee" if reserved else "SavingsPlanUpfrontFee",
        start=commitment.starts_at,
        end=commitment.ends_at,
        account=commitment.account,
        product_code="AmazonEC2" if reserved else _PLAN_PRODUCT,
        usage_type=_fee_usage_type(commitment),
        operation=_fee_operation(commitment),
        quantity=Decimal(commitment.count)
        if isinstance(commitment, ReservedInstance)
        else Decimal(1),
        unblended=commitment.upfront,
        effective=ZERO,
        description=f"Sign up charge for {commitment.arn}",
        commitment=commitment,
        figures=figures,
    )


def _fee_usage_type(commitment: ReservedInstance | SavingsPlan) -> str:
    paid = commitment.payment.replace(" ", "")
    if isinstance(commitment, ReservedInstance):
        return f"{REGION_PREFIX[commitment.region]}HeavyUsage:{commitment.instance_type}"
    if commitment.region is None:
        return f"ComputeSP:{commitment.term}{paid}"
    prefix = REGION_PREFIX[commitment.region]
    return f"{prefix}EC2SP:{commitment.family}.{commitment.term}{paid}"


def _fee_operation(commitment: ReservedInstance | SavingsPlan) -> str:
    if isinstance(commitment, SavingsPlan):
        return ""
    return {"Linux": "RunInstances", "Windows": "RunInstances:0002"}[commitment.platform]


def _plan_fees(settlement: Settlement, plan: SavingsPlan) -> Iterator[Line]:
    """One line for each hour of the month, those still to come too."""
    used = {
        hour.start: draw.cost
        for hour in settlement.hours
        for draw in hour.draws
        if draw.commitment is plan
    }
    for hour in hours_of(settlement.month):
        if in_force(plan, hour):
            future = hour >= settlement.revision.ends_at
            yield _plan_fee(plan, hour, used.get(hour, ZERO), future=future)


def _plan_fee(plan: SavingsPlan, hour: datetime, used: Decimal, *, future: bool) -> Line:
    prepaid = plan.hourly_cost * plan.upfront_share
    recurring = plan.hourly_cost - prepaid
    return Line(
        type="SavingsPlanRecurringFee",
        start=hour,
        end=hour + HOUR,
        account=plan.account,
        product_code=_PLAN_PRODUCT,
        usage_type=_fee_usage_type(plan),
        operation="",
        quantity=Decimal(1),
        unblended=recurring,
        effective=plan.hourly_cost - used,
        description=f"{plan.term} {plan.payment} {plan.type} fee",
        rate=recurring,
        future=plan.hourly_cost if future else ZERO,
        commitment=plan,
        figures={
            "savingsPlan/TotalCommitmentToDate": plan.hourly_cost,
            "savingsPlan/UsedCommitment": used,
            "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": prepaid,
            "savingsPlan/RecurringCommitmentForBillingPeriod": recurring,
        },
    )


def _reserved_fee(settlement: Settlement, reserved: ReservedInstance, hours: int) -> Line:
    """The month line: recurring fee of the whole month and what of it was not used."""
    draws = [
        draw for hour in settlement.hours for draw in hour.draws if draw.commitment is reserved
    ]
    start = max(month_start(settlement.month), hour_of(reserved.starts_at))
    total = reserved.hourly_cost * hours
    unused = total - sum((draw.cost for draw in draws), ZERO)
    prepaid = total * reserved.upfront_share
    return Line(
        type="RIFee",
        start=start,
        end=start + HOUR * hours - _SECOND,
        account=reserved.account,
        product_code="AmazonEC2",
        usage_type=_fee_usage_type(reserved),
        operation=_fee_operation(reserved),
        quantity=Decimal(reserved.count * hours),
        unblended=total - prepaid,
        effective=unused,
        description=f"USD hourly fee per {reserved.platform}, {reserved.instance_type} instance",
        rate=reserved.rate * (1 - reserved.upfront_share),
        future=reserved.hourly_cost * (hours - len(draws)),
        commitment=reserved,
        figures={
            **_reserved_units(reserved, hours, draws),
            **_reserved_unused(settlement, reserved, prepaid, unused),
        },
    )


def _reserved_units(
    reserved: ReservedInstance, hours: int, draws: list[Draw]
) -> dict[str, Decimal]:
    total = Decimal(reserved.count * hours)
    per_instance = reserved.factor if reserved.size_flexible else Decimal(1)
    unused = total - sum((draw.units for draw in draws), ZERO) / per_instance
    return {
        "reservation/NumberOfReservations": Decimal(reserved.count),
        "reservation/UnitsPerReservation": Decimal(hours),
        "reservation/NormalizedUnitsPerReservation": hours * reserved.factor,
        "reservation/TotalReservedUnits": total,
        "reservation/TotalReservedNormalizedUnits": total * reserved.factor,
        "reservation/UnusedQuantity": unused,
        "reservation/UnusedNormalizedUnitQuantity": unused * reserved.factor,
    }


def _reserved_unused(
    settlement: Settlement, reserved: ReservedInstance, prepaid: Decimal, unused: Decimal
) -> dict[str, Decimal]:
    used_prepaid = sum(
        (amortised_upfront(reserved, f.cost) for f in settlement.fills if f.commitment is reserved),
        ZERO,
    )
    return {
        "reservation/AmortizedUpfrontFeeForBillingPeriod": prepaid,
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": prepaid - used_prepaid,
        "reservation/UnusedRecurringFee": unused - (prepaid - used_prepaid),
        "reservation/UpfrontValue": reserved.upfront,
    }


def closing_lines(settlement: Settlement, charged: Iterable[Line]) -> Iterator[Line]:
    """Credit, refund and the tax on everything that was charged."""
    adjustments = tuple(_adjustments(settlement))
    yield from adjustments
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in (*charged, *adjustments):
        totals[line.account, line.product_code] += line.unblended
    for (account, product), total in totals.items():
        tax = (total * _TAX_RATE).quantize(_CENT)
        if tax > 0:
            yield _month_line(settlement, "Tax", account, product, tax, f"Tax for {product}")


def _adjustments(settlement: Settlement) -> Iterator[Line]:
    shop = settlement.world.account("shop-production").id
    if settlement.revision.credit:
        text = "Goodwill credit for a service event"
        yield _month_line(settlement, "Credit", shop, "AmazonEC2", _GOODWILL, text)
    if settlement.revision.correction:
        text = "Refund of data transfer charged twice"
        yield _month_line(settlement, "Refund", shop, "AWSDataTransfer", _REFUND, text)


def _month_line(
    settlement: Settlement,
    line_type: LineType,
    account: str,
    product: str,
    amount: Decimal,
    text: str,
) -> Line:
    return Line(
        type=line_type,
        start=month_start(settlement.month),
        end=month_start(next_month(settlement.month)),
        account=account,
        product_code=product,
        usage_type="",
        operation="",
        quantity=Decimal(1),
        unblended=amount,
        effective=amount,
        description=text,
    )
