"""What the simulated AWS charges: EC2 from a public price extract, the rest illustrative."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib import resources
from typing import Literal

Term = Literal["1yr", "3yr"]
Payment = Literal["No Upfront", "Partial Upfront", "All Upfront"]
OfferingClass = Literal["standard", "convertible"]

TERMS: tuple[Term, ...] = ("1yr", "3yr")
PAYMENTS: tuple[Payment, ...] = ("No Upfront", "Partial Upfront", "All Upfront")

TEN_PLACES = Decimal("1e-10")
# The only scale money and quantities have here, so that sums of lines and of books are equal.

TERM_HOURS: Mapping[Term, int] = {"1yr": 8760, "3yr": 26280}

_CLASS_COLUMN = {"standard": "std", "convertible": "conv"}
_PAYMENT_COLUMN = {
    "No Upfront": "noUpfront",
    "Partial Upfront": "partialUpfront",
    "All Upfront": "allUpfront",
}
_OS_COLUMN = {"Linux": "linux", "Windows": "mswin"}

# Made up, in the order of what AWS gives: Fargate about a fifth, Lambda a sixth; a longer or
# prepaid commitment gives more. Lambda requests are in the plan and save nothing.
_DISCOUNTS: Mapping[str, Mapping[tuple[Term, Payment], Decimal]] = {
    "fargate": {
        ("1yr", "No Upfront"): Decimal("0.20"),
        ("1yr", "Partial Upfront"): Decimal("0.24"),
        ("1yr", "All Upfront"): Decimal("0.26"),
        ("3yr", "No Upfront"): Decimal("0.40"),
        ("3yr", "Partial Upfront"): Decimal("0.44"),
        ("3yr", "All Upfront"): Decimal("0.46"),
    },
    "lambda-duration": {
        ("1yr", "No Upfront"): Decimal("0.12"),
        ("1yr", "Partial Upfront"): Decimal("0.15"),
        ("1yr", "All Upfront"): Decimal("0.17"),
        ("3yr", "No Upfront"): Decimal("0.15"),
        ("3yr", "Partial Upfront"): Decimal("0.16"),
        ("3yr", "All Upfront"): Decimal("0.17"),
    },
    "lambda-requests": {},
}


def ten_places(amount: Decimal) -> Decimal:
    """The amount at ten decimals, half to even."""
    return amount.quantize(TEN_PLACES, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Ec2Price:
    """USD an hour of one instance type, region and platform; reserved rates are effective."""

    instance_type: str
    region: str
    platform: str
    vcpu: str
    memory_gib: str
    on_demand: Decimal
    reserved: Mapping[tuple[Term, OfferingClass, Payment], Decimal]


@cache
def ec2_prices() -> Mapping[tuple[str, str, str], Ec2Price]:
    """Every row of the extract by (instance type, region, platform)."""
    text = resources.files(__package__).joinpath("data/ec2-prices.csv").read_text("utf-8")
    platforms = {column: platform for platform, column in _OS_COLUMN.items()}
    prices = [_ec2_price(row, platforms[row["os"]]) for row in csv.DictReader(text.splitlines())]
    return {(price.instance_type, price.region, price.platform): price for price in prices}


def ec2_price(instance_type: str, region: str, platform: str = "Linux") -> Ec2Price:
    """The price row; KeyError when the extract has none."""
    return ec2_prices()[instance_type, region, platform]


def compute_discount(kind: str, term: Term, payment: Payment) -> Decimal:
    """Share off on-demand that a Compute plan gives Fargate or Lambda; illustrative figures."""
    return _DISCOUNTS[kind].get((term, payment), Decimal(0))


def _ec2_price(row: Mapping[str, str], platform: str) -> Ec2Price:
    classes: tuple[OfferingClass, ...] = ("standard", "convertible")
    return Ec2Price(
        row["instance_type"],
        row["region"],
        platform,
        row["vcpu"],
        row["memory_gib"],
        Decimal(row["ondemand_hourly"]),
        {
            (term, offering_class, payment): Decimal(
                row[f"{term[0]}y_{_CLASS_COLUMN[offering_class]}_{_PAYMENT_COLUMN[payment]}"]
            )
            for term in TERMS
            for offering_class in classes
            for payment in PAYMENTS
        },
    )
