"""The demo customer: Hanbit Commerce, a web shop with five accounts and nine commitments."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from finops_sandbox.world.chance import account_number, uuid_of
from finops_sandbox.world.demand import workloads
from finops_sandbox.world.model import (
    Account,
    Commitment,
    ReservedInstance,
    SavingsPlan,
    World,
    hour_of,
    month_start,
    months_before,
)

DEFAULT_PAYER = "111122223333"
_LINKED = (
    ("shop-production", "Commerce"),
    ("data-platform", "Data"),
    ("shop-development", "Commerce"),
    ("sandbox", "Research"),
)
_YEAR = timedelta(days=365)


def build_world(
    seed: int,
    now: datetime,
    payer: str = DEFAULT_PAYER,
    months: int = 13,
    anchor: date | None = None,
) -> World:
    """The customer as of `now` (UTC, cut to the hour), with bills of `months` months.

    The same seed, payer and anchor give the same past whatever `now` is; the anchor is the
    month of `now` unless one is kept.
    """
    today = hour_of(now)
    last = today.date().replace(day=1)
    base = anchor or last
    accounts = _accounts(seed, payer)
    ids = {account.name: account.id for account in accounts}
    return World(
        seed=seed,
        now=today,
        anchor=base,
        months=tuple(
            month
            for month in (months_before(last, back) for back in reversed(range(months)))
            if month_start(month) < today
        ),
        payer=accounts[0],
        linked=accounts[1:],
        workloads=workloads(seed, ids, base),
        commitments=_commitments(seed, ids, base),
        sharing_off=frozenset({ids["sandbox"]}),
        sharing_off_from_anchor=frozenset({ids["shop-development"]}),
    )


def _accounts(seed: int, payer: str) -> tuple[Account, ...]:
    management = Account(payer, "hanbit-management", "aws@hanbit.example", "Finance")
    linked = (
        Account(
            account_number(seed, payer, name, leading_zero=name == "data-platform"),
            name,
            f"aws+{name}@hanbit.example",
            department,
        )
        for name, department in _LINKED
    )
    return (management, *linked)


def _at(base: date, months_back: int, day: int, clock: str) -> datetime:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    midnight = month_start(months_before(base, months_back)) + timedelta(days=day - 1)
    return midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _commitments(seed: int, ids: dict[str, str], base: date) -> tuple[Commitment, ...]:
    return (*_reserved(seed, ids, base), *_plans(seed, ids, base))


def _reserved(seed: int, ids: dict[str, str], base: date) -> tuple[ReservedInstance, ...]:
    shop, dev = ids["shop-production"], ids["shop-development"]
    payer = ids["hanbit-management"]

    def identified(name: str) -> str:
        return uuid_of(seed, payer, "reserved", name)

    return (
        ReservedInstance(
            *(identified("zonal"), shop, "m5.large", "us-east-1", "Linux", 2),
            *(_at(base, 10, 20, "02:10:33"), "1yr", "No Upfront", "standard", "us-east-1a"),
        ),
        ReservedInstance(
            *(identified("zonal-elsewhere"), dev, "m5.xlarge", "us-east-1", "Linux", 1),
            *(_at(base, 9, 2, "07:45:00"), "1yr", "All Upfront", "standard", "us-east-1b"),
        ),
        ReservedInstance(
            *(identified("flexible"), payer, "m5.xlarge", "us-east-1", "Linux", 2),
            *(_at(base, 7, 5, "00:00:00"), "1yr", "Partial Upfront", "standard"),
        ),
        ReservedInstance(
            *(identified("windows"), shop, "m5.xlarge", "eu-west-1", "Windows", 2),
            *(_at(base, 14, 11, "16:20:09"), "3yr", "All Upfront", "convertible"),
        ),
        # Together with the plan that ends two weeks earlier, one commitment always ends
        # within 30 days of any day of the anchor's month.
        ReservedInstance(
            *(identified("seoul"), shop, "t3.medium", "ap-northeast-2", "Linux", 2),
            *(_at(base, 0, 45, "12:30:00") - _YEAR, "1yr", "Partial Upfront", "standard"),
        ),
    )


def _plans(seed: int, ids: dict[str, str], base: date) -> tuple[SavingsPlan, ...]:
    shop, data = ids["shop-production"], ids["data-platform"]
    payer = ids["hanbit-management"]

    def identified(name: str) -> str:
        return uuid_of(seed, payer, "plan", name)

    return (
        SavingsPlan(
            *(identified("expiring"), payer, "ComputeSavingsPlans", Decimal("0.9")),
            *(_at(base, 0, 30, "08:00:00") - _YEAR, "1yr", "No Upfront"),
        ),
        SavingsPlan(
            *(identified("prepaid"), data, "ComputeSavingsPlans", Decimal("0.45")),
            *(_at(base, 4, 14, "13:37:05"), "1yr", "All Upfront"),
        ),
        SavingsPlan(
            *(identified("c5"), shop, "EC2InstanceSavingsPlans", Decimal("0.25")),
            *(_at(base, 8, 3, "09:12:44"), "3yr", "Partial Upfront"),
            region="us-east-1",
            family="c5",
        ),
        # Sized before the step-down of its workload, so under-used since.
        SavingsPlan(
            *(identified("r5"), data, "EC2InstanceSavingsPlans", Decimal("1.2")),
            *(_at(base, 6, 9, "21:05:30"), "1yr", "No Upfront"),
            region="us-west-2",
            family="r5",
        ),
    )
