"""The Retail Prices API: what Azure charges anybody, page by page, without a token.

Fields, filter, paging and units are those Microsoft documents (learn.microsoft.com, Azure
Retail Prices overview, api-version 2023-01-01-preview): a reservation is one row a term with
the price of the whole term, a savings plan an entry beside the price on demand. The prices
are made up, near what such sizes cost, so that tests can do their sums.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from finops_sandbox.azure.errors import AzureError

router = APIRouter(prefix="/api/retail/prices")
PAGE = 5
WITH_PLANS = "2023-01-01-preview"
_TERM = re.compile(r"(?P<field>[A-Za-z]+) eq '(?P<value>(?:[^']|'')*)'")
_FIELDS = {
    "armRegionName": "armRegionName",
    "armSkuName": "armSkuName",
    "currencyCode": "currencyCode",
    "meterId": "meterId",
    "meterName": "meterName",
    "priceType": "type",
    "productName": "productName",
    "serviceFamily": "serviceFamily",
    "serviceName": "serviceName",
    "skuName": "skuName",
}
CURRENCIES = {"USD": Decimal(1), "KRW": Decimal(1400)}
"""What a dollar counts; those of Azure are Microsoft's own, too."""
REGIONS = {"koreacentral": "KR Central", "eastus": "US East"}


class Size(NamedTuple):
    """Prices of one size in USD: of an hour, but of whole terms for reservations."""

    name: str
    series: str
    on_demand: str
    windows: str
    plans: tuple[str, str] | None
    reservations: tuple[str, str] | None


SIZES = (
    Size("D2s v5", "Dsv5", "0.1", "0.19", ("0.07", "0.048"), ("525.6", "998.64")),
    Size("D4s v5", "Dsv5", "0.2", "0.38", ("0.14", "0.096"), ("1051.2", "1997.28")),
    Size("E2s v5", "Esv5", "0.13", "0.22", ("0.0936", "0.0624"), ("683.28", "1298.3")),
    Size("B2s", "BS", "0.05", "0.06", ("0.035", "0.025"), ("262.8", "499.32")),
    # There are sizes without the one or the other.
    Size("H8", "H", "0.8", "1.1", None, ("5000", "10000")),
    Size("NC6", "NC", "0.9", "1.2", ("0.7", "0.5"), None),
)


@router.get("")
async def list_prices(request: Request) -> JSONResponse:
    given = request.query_params
    currency = given.get("currencyCode", "'USD'").strip("'")
    skip = given.get("$skip", "0")
    if currency not in CURRENCIES or not skip.isdecimal():
        raise PriceError(400, "BadRequest")
    wanted = dict(_terms(given.get("$filter", "")))
    found = [
        each
        for each in _rows(currency, plans=given.get("api-version") == WITH_PLANS)
        if all(each[field] == value for field, value in wanted.items())
    ]
    start = int(skip)
    page = found[start : start + PAGE]
    more = start + PAGE < len(found)
    link = str(request.url.include_query_params(**{"$skip": start + PAGE})) if more else None
    return JSONResponse(
        {
            "BillingCurrency": currency,
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": page,
            "NextPageLink": link,
            "Count": len(page),
        }
    )


class PriceError(AzureError):
    """A refusal in this service's spelling."""

    def answer(self) -> JSONResponse:
        told = {"Code": self.code, "Message": "Invalid OData parameters supplied"}
        return JSONResponse({"Error": told}, self.status)


def _terms(text: str) -> Iterator[tuple[str, str]]:
    """Fields and the values they must have; case counts in both."""
    for each in text.split(" and ") if text else ():
        found = _TERM.fullmatch(each.strip())
        if found is None or found["field"] not in _FIELDS:
            raise PriceError(400, "BadRequest")
        yield _FIELDS[found["field"]], found["value"].replace("''", "'")


def _rows(currency: str, *, plans: bool) -> Iterator[dict[str, Any]]:
    for region in REGIONS:
        for size in SIZES:
            yield from _of_size(region, size, currency, plans=plans)


def _of_size(region: str, size: Size, currency: str, *, plans: bool) -> Iterator[dict[str, Any]]:
    def row(price: str, **other: str) -> dict[str, Any]:
        return _row(region, size, currency, price, other)

    rates = zip(("1 Year", "3 Years"), size.plans or (), strict=False)
    beside = [_money(rate, currency) | {"term": term} for term, rate in rates]
    linux = row(size.on_demand)
    windows = f"Virtual Machines {size.series} Series Windows"
    yield linux | ({"savingsPlan": beside} if plans and beside else {})
    yield row(size.windows, productName=windows)
    yield row("0.02", skuName=f"{size.name} Spot", meterName=f"{size.name} Spot")
    yield row("0.03", skuName=f"{size.name} Low Priority", meterName=f"{size.name} Low Priority")
    yield row("0.09", type="DevTestConsumption", productName=windows)
    for term, price in zip(("1 Year", "3 Years"), size.reservations or (), strict=False):
        yield row(price, type="Reservation", reservationTerm=term)


def _row(
    region: str, size: Size, currency: str, price: str, other: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "currencyCode": currency,
        "tierMinimumUnits": 0.0,
        **_money(price, currency),
        "armRegionName": region,
        "location": REGIONS[region],
        "effectiveStartDate": "2024-01-01T00:00:00Z",
        "meterId": f"{region}/{size.name}",
        "meterName": size.name,
        "productName": f"Virtual Machines {size.series} Series",
        "skuName": size.name,
        "serviceName": "Virtual Machines",
        "serviceFamily": "Compute",
        # Of reservations too, whose price is that of the term.
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": f"Standard_{size.name.replace(' ', '_')}",
        **other,
    }


def _money(price: str, currency: str) -> dict[str, Any]:
    amount = float(Decimal(price) * CURRENCIES[currency])
    return {"retailPrice": amount, "unitPrice": amount}
