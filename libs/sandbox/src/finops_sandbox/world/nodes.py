"""What nodes of databases, caches, search and warehouses cost: ElastiCache from a public extract, the rest made."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Literal

from finops_sandbox.world.prices import PAYMENTS, TERMS, Payment, Term, ten_places
from finops_sandbox.world.skus import REGION_NAME

NodeService = Literal["rds", "elasticache", "opensearch", "redshift", "memorydb"]

_COLUMN = {
    "No Upfront": "noUpfront",
    "Partial Upfront": "partialUpfront",
    "All Upfront": "allUpfront",
}
# Made up, in the order of what AWS charges. Engine and licence as offerings name them.
_MADE: tuple[tuple[NodeService, str, str, str], ...] = (
    *(
        ("rds", f"db.{size}", engine, rate)
        for engine in ("mysql", "postgresql")
        for size, rate in (
            *(("m5.large", "0.171"), ("m5.xlarge", "0.342"), ("m5.2xlarge", "0.684")),
            *(("r5.large", "0.24"), ("r5.xlarge", "0.48")),
            *(("m7g.large", "0.168"), ("m7g.xlarge", "0.336")),
        )
    ),
    ("rds", "db.m5.large", "oracle-se2(byol)", "0.171"),
    ("rds", "db.m5.large", "oracle-se2(li)", "0.398"),
    ("rds", "db.m5.xlarge", "sqlserver-se(li)", "0.977"),
    ("opensearch", "m5.large.search", "", "0.142"),
    ("opensearch", "r6g.large.search", "", "0.167"),
    ("redshift", "ra3.xlplus", "", "1.086"),
    ("redshift", "dc2.large", "", "0.25"),
    ("memorydb", "db.r6g.large", "", "0.309"),
    ("memorydb", "db.r6g.xlarge", "", "0.618"),
)
_MADE_DISCOUNTS: Mapping[tuple[Term, Payment], Decimal] = {
    ("1yr", "No Upfront"): Decimal("0.30"),
    ("1yr", "Partial Upfront"): Decimal("0.33"),
    ("1yr", "All Upfront"): Decimal("0.34"),
    ("3yr", "No Upfront"): Decimal("0.45"),
    ("3yr", "Partial Upfront"): Decimal("0.50"),
    ("3yr", "All Upfront"): Decimal("0.52"),
}


@dataclass(frozen=True)
class NodePrice:
    """USD an hour of one node; reserved rates are effective, the upfront spread over the term."""

    service: NodeService
    instance_type: str
    region: str
    engine: str
    on_demand: Decimal
    reserved: Mapping[tuple[Term, Payment], Decimal]
    multi_az: bool = False


@cache
def node_prices() -> tuple[NodePrice, ...]:
    """Every node that can be reserved, in all regions of the world."""
    return (*_elasticache(), *_made())


def _elasticache() -> Iterator[NodePrice]:
    """AWS sells none prepaid for a year: those are empty in the extract."""
    file = resources.files(__package__).joinpath("data/elasticache-prices.csv")
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        rates = {
            (term, payment): row[f"{term[0]}y_std_{_COLUMN[payment]}"]
            for term in TERMS
            for payment in PAYMENTS
        }
        yield NodePrice(
            "elasticache",
            row["instance_type"],
            row["region"],
            row["engine"].lower(),
            Decimal(row["ondemand_hourly"]),
            {terms: Decimal(rate) for terms, rate in rates.items() if rate},
        )


def _made() -> Iterator[NodePrice]:
    for region in REGION_NAME:
        for service, instance_type, engine, rate in _MADE:
            for multi_az in (False, True) if service == "rds" else (False,):
                on_demand = Decimal(rate) * (2 if multi_az else 1)
                reserved = {
                    terms: ten_places(on_demand * (1 - discount))
                    for terms, discount in _MADE_DISCOUNTS.items()
                }
                yield NodePrice(
                    *(service, instance_type, region, engine, on_demand, reserved, multi_az)
                )
