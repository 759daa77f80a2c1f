"""What can be committed to on Azure, from its public price list, where a payer's bills are from.

The list is of retail prices. What a customer has negotiated stands in the price sheet, which
needs rights of its own and is not read.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Select, select

from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.connections.adapters.rest import RefusedError, Rest
from finops_ingestion.connections.domain import CloudSilentError
from finops_ingestion.costs.lake import records
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.imports.revisions import RevisionService

VERSION = "2023-01-01-preview"
"""The one version that tells rates of savings plans; case counts in its filters."""
MACHINES = "Virtual Machines"
TERMS = {"1 Year": 12, "3 Years": 36}
PAID_MONTHLY, PAID_AT_ONCE = "No Upfront", "All Upfront"
"""Both cost the same on Azure; named as AWS does."""
LOOK_BACK = timedelta(days=92)
MOST_PAGES = 1000
"""Of one question; a region has a few dozen."""
_NOT_A_QUESTION = 400
_HOURS_A_MONTH = 730
_OTHER_PRODUCTS = (" Windows", " Cloud Services", " CloudServices")
_NOT_TO_COMMIT = ("Spot", "Low Priority")

Offered = tuple[list[SavingsPlanRate], list[ReservationOffer]]


class Place(NamedTuple):
    """Where virtual machines run, and what they are billed in."""

    region: str
    currency: str


class Term(BaseModel):
    """What an hour costs under a savings plan."""

    term: str
    price: Decimal = Field(alias="retailPrice")


class Item(BaseModel):
    """One row of the list: the price of an hour, or of a whole term of a reservation."""

    model_config = ConfigDict(frozen=True)

    type: str
    size: str = Field(alias="armSkuName", default="")
    region: str = Field(alias="armRegionName")
    product: str = Field(alias="productName")
    meter: str = Field(alias="meterName")
    unit: str = Field(alias="unitOfMeasure")
    tier: Decimal = Field(alias="tierMinimumUnits", default=Decimal(0))
    price: Decimal = Field(alias="retailPrice")
    currency: str = Field(alias="currencyCode")
    since: datetime = Field(alias="effectiveStartDate")
    until: datetime | None = Field(alias="effectiveEndDate", default=None)
    term: str | None = Field(alias="reservationTerm", default=None)
    plans: tuple[Term, ...] = Field(alias="savingsPlan", default=())

    def holds(self, today: date) -> bool:
        ended = self.until is not None and self.until.date() < today
        return self.since.date() <= today and not ended


class AzureOffers:
    """Reads what is on offer in the regions of a payer's bills, in the currencies they are in."""

    def __init__(
        self, prices: "RetailPrices", revisions: RevisionService, bills: StandingBills
    ) -> None:
        self._prices = prices
        self._revisions = revisions
        self._bills = bills

    async def listed(self, source: BillingSource, today: date) -> Offered:
        """Every rate and reservation there; nothing before the first bill. Raises as `RetailPrices`."""
        pinned = await self._revisions.pin_source(source.id, today - LOOK_BACK)
        found = await self._bills.rows(pinned, places_statement())
        return await self._prices.listed(sorted(Place(*row) for row in found), today)


class RetailPrices:
    """The price list, asked without a token."""

    def __init__(self, rest: Rest, url: str) -> None:
        self._rest = rest
        self._url = url

    async def listed(self, places: Collection[Place], today: date) -> Offered:
        """Every rate and reservation of virtual machines there, at the price that holds `today`.

        What the list refuses to be asked, such as a currency it does not know, has none.

        Raises:
            CloudSilentError: no answer, or none that can be read.
        """
        rates, reservations = list[SavingsPlanRate](), list[ReservationOffer]()
        for place in places:
            try:
                hours = await self._items(place, "Consumption", today)
                terms = await self._items(place, "Reservation", today)
            except RefusedError:
                continue
            on_demand = _on_demand(hours)
            rates += [row for each in on_demand.values() for row in _rates(each)]
            reservations += [
                row for each in _newest(terms) for row in _reservations(each, on_demand)
            ]
        return rates, reservations

    async def _items(self, place: Place, kind: str, today: date) -> list[Item]:
        """What holds today; prices stand in the list before they do, and after."""
        wanted = {"serviceName": MACHINES, "armRegionName": place.region, "priceType": kind}
        query = {
            "api-version": VERSION,
            "currencyCode": f"'{place.currency}'",
            "$filter": " and ".join(
                f"{name} eq {_quoted(value)}" for name, value in wanted.items()
            ),
        }
        found: list[Item] = []
        for number in range(MOST_PAGES):
            try:
                page = await self._page(query)
            except RefusedError as error:
                # Half a list is none, and neither is one that somebody on the way keeps from us.
                if error.status != _NOT_A_QUESTION or number:
                    raise CloudSilentError(str(error)) from None
                raise
            found += (each for each in page.items if each.holds(today))
            if not page.following:
                return found
            # Its query alone: whatever host it names, nobody else is asked.
            query |= dict(parse_qsl(urlsplit(page.following).query))
        raise CloudSilentError("pages without an end")

    async def _page(self, query: Mapping[str, str]) -> "_Page":
        answer = await self._rest.ask("GET", self._url, params=query)
        try:
            # Floats would make prices of what nobody has written.
            return _Page.model_validate(answer.json(parse_float=Decimal))
        except (ValidationError, ValueError) as error:
            raise CloudSilentError("unreadable prices") from error


class _Page(BaseModel):
    items: list[Item] = Field(alias="Items")
    following: str | None = Field(alias="NextPageLink", default=None)


def places_statement() -> Select[tuple[str, str]]:
    """The regions and currencies of virtual machines in bills."""
    c = records.c
    return (
        select(c.region, c.currency)
        .where(
            c.service.in_([MACHINES, "Virtual Machine Scale Sets"]),
            c.charge_category == "Usage",
            c.region.is_not(None),
        )
        .distinct()
    )


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _is_compute(item: Item) -> bool:
    """Whether it is what a machine costs that runs Linux, for whoever keeps it."""
    return (
        (item.type, item.unit) == ("Consumption", "1 Hour")
        and item.tier == 0
        and item.size != ""
        and not item.product.endswith(_OTHER_PRODUCTS)
        and not any(each in item.meter for each in _NOT_TO_COMMIT)
        and item.price > 0
    )


def _on_demand(items: Sequence[Item]) -> dict[str, Item]:
    """Of each size the price that came last; of two, the lower, off which less is saved."""
    compute = filter(_is_compute, items)
    return {e.size: e for e in sorted(compute, key=lambda item: (item.since, -item.price))}


def _newest(items: Sequence[Item]) -> Collection[Item]:
    """Of each size and term the price that came last; of two, the higher."""
    ordered = sorted(items, key=lambda item: (item.since, item.price))
    return {(each.size, each.term): each for each in ordered}.values()


def _rates(item: Item) -> Iterator[SavingsPlanRate]:
    for plan in item.plans:
        for payment in (PAID_MONTHLY, PAID_AT_ONCE) if plan.term in TERMS else ():
            yield SavingsPlanRate(
                plan_type="AzureSavingsPlan",
                term_months=TERMS[plan.term],
                payment_option=payment,
                region=item.region,
                usage_type=item.size,
                rate=plan.price,
                currency=item.currency,
                on_demand_hourly=item.price,
            )


def _reservations(item: Item, on_demand: Mapping[str, Item]) -> Iterator[ReservationOffer]:
    if item.type != "Reservation" or item.term not in TERMS or not item.size:
        return
    months = TERMS[item.term]
    hourly = item.price / (months * _HOURS_A_MONTH)
    ways: Sequence[tuple[str, Decimal, Decimal]] = (
        (PAID_MONTHLY, Decimal(0), hourly),
        (PAID_AT_ONCE, item.price, Decimal(0)),
    )
    for payment, upfront, recurring in ways:
        yield ReservationOffer(
            service=MACHINES,
            region=item.region,
            instance_type=item.size,
            platform="",
            term_months=months,
            payment_option=payment,
            upfront=upfront,
            recurring_hourly=recurring,
            currency=item.currency,
            on_demand_hourly=on_demand[item.size].price if item.size in on_demand else None,
        )
