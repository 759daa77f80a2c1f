"""The price catalogue: SKUs of three services, and prices by consumption model.

Compute Engine from a public price extract; Cloud Run and GKE Autopilot are illustrative.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from fastapi import APIRouter, Request

from finops_sandbox.gcp.access import caller, need_api, state_of
from finops_sandbox.gcp.errors import GoogleError
from finops_sandbox.gcp.state import BILLING

router = APIRouter()
PAGE = 40
COMPUTE, RUN, KUBERNETES = "6F81-5844-456A", "152E-C115-5142", "CCD8-9BF1-090E"
PLACES = {
    "us-central1": ("Americas", ["us-central1", "us-east1", "us-west1"]),
    "europe-west1": ("Belgium", ["europe-west1"]),
    "asia-northeast1": ("Japan", ["asia-northeast1"]),
}
"""How descriptions call the regions of one price, and which these are."""
FLEXIBLE = {1: Decimal("0.72"), 3: Decimal("0.54")}
"""What usage costs under a flexible commitment, as a share of the price on demand."""
_NANOS = 1_000_000_000
_MONTH_HOURS = 730
_NANO = Decimal("1e-9")


@dataclass(frozen=True)
class Sku:
    """One SKU; `prices` by consumption model, of which the first is its own. `free` units cost nothing."""

    service: str
    description: str
    usage_type: str
    unit: str
    regions: tuple[str, ...]
    price: Decimal
    flexible: bool = False
    free: int = 0

    @property
    def id(self) -> str:
        known = sha256(f"{self.service} {self.description} {self.regions}".encode()).hexdigest()
        return "-".join(known[at : at + 4].upper() for at in (0, 4, 8))


@router.get("/v1/services/{service}/skus")
async def list_skus(
    service: str,
    request: Request,
    currencyCode: str = "USD",  # noqa: N803 - Google's name
    pageSize: int = 5000,  # noqa: N803 - Google's name
    pageToken: int = 0,  # noqa: N803 - Google's name
) -> dict[str, Any]:
    _may_ask(request)
    known = [each for each in skus() if each.service == service]
    if not known:
        raise GoogleError(404, f"Service {service} not found.", "notFound")
    rate = _rate(request, currencyCode)
    shown = [_sku(each, currencyCode, rate) for each in known]
    return _page("skus", shown, pageToken, pageSize)


@router.get("/v2beta/skus/-/prices")
async def list_prices(
    request: Request,
    currencyCode: str = "USD",  # noqa: N803 - Google's name
    pageSize: int = 50,  # noqa: N803 - Google's name
    pageToken: int = 0,  # noqa: N803 - Google's name
) -> dict[str, Any]:
    """As `State.pricing` says."""
    _may_ask(request)
    pricing = state_of(request).pricing
    if pricing == "gone":
        raise GoogleError(404, "Method not found.", "notFound")
    rate, told = _rate(request, currencyCode), pricing == "by_model"
    shown = [_prices(each, currencyCode, rate, told) for each in skus()]
    return _page("prices", shown, pageToken, pageSize)


@cache
def skus() -> tuple[Sku, ...]:
    """Every SKU that is for sale."""
    return (*_machines(), *_serverless())


def _machines() -> Iterator[Sku]:
    text = resources.files(__package__).joinpath("data/machine-prices.csv").read_text("utf-8")
    rows = {(r["machine_type"], r["region"]): r for r in csv.DictReader(text.splitlines())}
    for (machine, region), small in rows.items():
        family, shape, size = machine.split("-")
        if shape != "standard":
            continue
        large = rows[f"{family}-highmem-{size}", region]
        place, regions = PLACES[region]
        hours = {"hour_usd": 1, "month_1y_cud_usd": _MONTH_HOURS, "month_3y_cud_usd": _MONTH_HOURS}
        for (column, per), term in zip(hours.items(), (0, 1, 3), strict=True):
            memory = (_money(large, column) - _money(small, column)) / (
                Decimal(large["ram_gib"]) - Decimal(small["ram_gib"])
            )
            cores = (_money(small, column) - memory * Decimal(small["ram_gib"])) / int(
                small["vcpu"]
            )
            for name, price in (("Core", cores / per), ("Ram", memory / per)):
                yield _machine(family, name, place, tuple(regions), term, price)
            if term == 0:
                yield Sku(
                    COMPUTE,
                    f"Spot Preemptible {family.upper()} Instance Core running in {place}",
                    "Preemptible",
                    "h",
                    tuple(regions),
                    (cores / 4).quantize(_NANO),
                )


def _machine(
    family: str, resource: str, place: str, regions: tuple[str, ...], term: int, price: Decimal
) -> Sku:
    unit = "h" if resource == "Core" else "GiBy.h"
    price = price.quantize(_NANO)
    if term == 0:
        predefined = "Predefined " if family == "n1" else ""
        description = f"{family.upper()} {predefined}Instance {resource} running in {place}"
        return Sku(COMPUTE, description, "OnDemand", unit, regions, price, flexible=True)
    of = "" if family == "n1" else f"{family.upper()} "
    bought = "Cpu" if resource == "Core" else resource
    years = f"{term} Year"
    description = f"Commitment v1: {of}{bought} in {place} for {years}"
    return Sku(COMPUTE, description, f"Commit{term}Yr", unit, regions, price)


def _serverless() -> Iterator[Sku]:
    place = ("us-central1",)
    run = "Services CPU (Instance-based billing) in us-central1"
    yield Sku(RUN, run, "OnDemand", "s", place, Decimal("0.000018"), flexible=True, free=240_000)
    requests = "Services CPU (Request-based billing) in us-central1"
    yield Sku(RUN, requests, "OnDemand", "s", place, Decimal("0.000024"), free=180_000)
    pod = "Autopilot Pod mCPU Requests (us-central1)"
    yield Sku(KUBERNETES, pod, "OnDemand", "h", place, Decimal("0.0000445"), flexible=True)
    license_fee = "Licensing Fee for Red Hat Enterprise Linux 9 (RAM cost)"
    yield Sku(COMPUTE, license_fee, "OnDemand", "GiBy.h", ("global",), Decimal("0.01"))
    disk = "Commitment v1: Local SSD In Americas for 1 Year"
    yield Sku(COMPUTE, disk, "Commit1Yr", "GiBy.mo", place, Decimal("0.05"))


def _sku(sku: Sku, currency: str, rate: Decimal) -> dict[str, Any]:
    steps = {0: Decimal(0), sku.free: sku.price * rate} if sku.free else {0: sku.price * rate}
    tiers = [
        {"startUsageAmount": start, "unitPrice": _price(price, currency)}
        for start, price in steps.items()
    ]
    return {
        "name": f"services/{sku.service}/skus/{sku.id}",
        "skuId": sku.id,
        "description": sku.description,
        "category": {"resourceFamily": "Compute", "usageType": sku.usage_type},
        "serviceRegions": list(sku.regions),
        "pricingInfo": [
            {
                "effectiveTime": "2026-07-01T00:00:00Z",
                "pricingExpression": {"usageUnit": sku.unit, "tieredRates": tiers},
                "currencyConversionRate": float(rate),
            }
        ],
    }


def _prices(sku: Sku, currency: str, rate: Decimal, told: bool) -> dict[str, Any]:
    models = {"Default": Decimal(1)}
    if sku.flexible and told:
        models |= {f"Compute Flexible CUDs - {years} Year": s for years, s in FLEXIBLE.items()}
    return {
        "name": f"skus/{sku.id}/price",
        "currencyCode": currency,
        "skuPrices": [
            {
                "consumptionModel": f"consumptionModels/{name.replace(' ', '-').upper()}",
                "consumptionModelDescription": name,
                "valueType": "rate",
                "rate": {
                    "tiers": [
                        {
                            "startAmount": {"value": "0"},
                            "listPrice": _price(sku.price * share * rate, currency),
                        }
                    ]
                },
            }
            for name, share in models.items()
        ],
    }


def _price(price: Decimal, currency: str) -> dict[str, Any]:
    nanos = int((price * _NANOS).to_integral_value())
    return {"currencyCode": currency, "units": str(nanos // _NANOS), "nanos": nanos % _NANOS}


def _page(name: str, shown: list[dict[str, Any]], start: int, size: int) -> dict[str, Any]:
    end = start + min(size, PAGE)
    following = {"nextPageToken": str(end)} if end < len(shown) else {}
    return {name: shown[start:end], **following}


def _may_ask(request: Request) -> None:
    need_api(state_of(request), caller(request).project, BILLING)


def _rate(request: Request, currency: str) -> Decimal:
    known = state_of(request).exchange_rates
    if currency not in known:
        raise GoogleError(400, f"Currency code {currency} is not supported.", "badRequest")
    return known[currency]


def _money(row: dict[str, str], column: str) -> Decimal:
    return Decimal(row[column])
