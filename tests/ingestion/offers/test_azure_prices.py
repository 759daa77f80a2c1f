"""Azure's price list: which rows are offers, page by page, and where a payer's bills are from."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import update
from tests.ingestion.clouds import AzureCustomer
from tests.ingestion.imports.clouds import collected
from tests.ingestion.imports.test_azure_exports import as_csv, lines
from tests.ingestion.offers.test_price_lists import list_all
from tests.ingestion.reading import everything

from finops_common.acting import Acting
from finops_common.contracts.ingestion import OFFERS, OffersListed, PriceList
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.accounts.tables import source_turns
from finops_ingestion.connections.adapters.rest import Rest
from finops_ingestion.connections.domain import CloudSilentError
from finops_ingestion.offers.azure import Place, RetailPrices
from finops_sandbox.azure import ServedAzure, State, serve_azure
from finops_sandbox.loopback import serve

KOREA = Place("koreacentral", "USD")
TODAY = date(2026, 11, 1)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def prices(http: httpx.AsyncClient) -> AsyncIterator[RetailPrices]:
    async with serve_azure(State()) as served:
        yield RetailPrices(Rest(http), served.settings["azure_prices_url"])


@pytest.mark.req("COM-46", part="Azure: rates of savings plans from the public price list")
async def test_a_size_has_a_rate_of_each_term_and_way_to_pay(prices: RetailPrices) -> None:
    rates, _ = await prices.listed([KOREA], TODAY)

    small = [each for each in rates if each.usage_type == "Standard_D2s_v5"]
    assert {(e.term_months, e.payment_option, e.rate) for e in small} == {
        (12, "No Upfront", Decimal("0.07")),
        (12, "All Upfront", Decimal("0.07")),
        (36, "No Upfront", Decimal("0.048")),
        (36, "All Upfront", Decimal("0.048")),
    }
    # Of Linux, though the list has a row of Windows, Spot and low priority beside it.
    assert {each.on_demand_hourly for each in small} == {Decimal("0.1")}
    assert {each.plan_type for each in rates} == {"AzureSavingsPlan"}
    assert "Standard_H8" not in {each.usage_type for each in rates}


@pytest.mark.req("COM-46", part="Azure: reservations, whose price is that of the whole term")
async def test_a_reservation_costs_the_same_monthly_and_at_once(prices: RetailPrices) -> None:
    _, reservations = await prices.listed([KOREA], TODAY)

    small = [e for e in reservations if e.instance_type == "Standard_D2s_v5"]
    assert {(e.term_months, e.payment_option, e.upfront, e.recurring_hourly) for e in small} == {
        (12, "No Upfront", Decimal(0), Decimal("0.06")),
        (12, "All Upfront", Decimal("525.6"), Decimal(0)),
        (36, "No Upfront", Decimal(0), Decimal("0.038")),
        (36, "All Upfront", Decimal("998.64"), Decimal(0)),
    }
    assert {each.on_demand_hourly for each in small} == {Decimal("0.1")}
    assert "Standard_NC6" not in {each.instance_type for each in reservations}
    assert {each.instance_type for each in reservations} >= {"Standard_H8", "Standard_B2s"}


@pytest.mark.req("COM-46", part="Azure: regions and currencies of the bills alone are asked")
async def test_each_place_has_its_own_prices(prices: RetailPrices) -> None:
    rates, reservations = await prices.listed([Place("eastus", "KRW"), KOREA], TODAY)
    unknown = await prices.listed([Place("koreacentral", "XXX"), Place("atlantis", "USD")], TODAY)

    found = {(e.region, e.currency): e.on_demand_hourly for e in rates if "B2s" in e.usage_type}
    assert found == {("eastus", "KRW"): Decimal("70.0"), KOREA: Decimal("0.05")}
    assert {(each.region, each.currency) for each in reservations} == set(found)
    assert unknown == ([], [])


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "serviceName = 'Virtual Machines'"},
        {"$filter": "serviceName eq Virtual Machines"},
        {"$filter": "colour eq 'red'"},
        {"$skip": "first"},
        {"currencyCode": "'XXX'"},
    ],
)
async def test_the_simulated_list_refuses_what_makes_no_sense(
    http: httpx.AsyncClient, query: dict[str, str]
) -> None:
    async with serve_azure(State()) as served:
        answer = await http.get(served.settings["azure_prices_url"], params=query)

    assert [answer.status_code, answer.json()["Error"]["Code"]] == [400, "BadRequest"]


async def test_case_counts_in_what_is_filtered_by_and_plans_are_of_the_preview_alone(
    http: httpx.AsyncClient,
) -> None:
    async with serve_azure(State()) as served:
        url, d2s = served.settings["azure_prices_url"], "armSkuName eq 'Standard_D2s_v5'"
        other = await http.get(
            url, params={"$filter": d2s.lower().replace("armskuname", "armSkuName")}
        )
        without = await http.get(url, params={"$filter": d2s})
        beside = await http.get(url, params={"$filter": d2s, "api-version": "2023-01-01-preview"})

    assert other.json()["Count"] == 0
    assert not any("savingsPlan" in each for each in without.json()["Items"])
    assert any("savingsPlan" in each for each in beside.json()["Items"])


@pytest.mark.parametrize(
    "page",
    [
        {"Items": [{"type": "Consumption"}]},
        {"Other": []},
        {"Items": [], "NextPageLink": "https://elsewhere.example/api?$skip=0"},
    ],
)
async def test_a_list_that_cannot_be_read_or_has_no_end_is_no_list(
    http: httpx.AsyncClient, page: dict[str, Any]
) -> None:
    app = FastAPI()
    app.get("/")(lambda: page)

    async with serve(app) as url:
        with pytest.raises(CloudSilentError):
            await RetailPrices(Rest(http), f"{url}/").listed([KOREA], TODAY)


def a_row(price: float, **known: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a row
    return {
        "type": "Consumption",
        "armSkuName": "Standard_D2s_v5",
        "armRegionName": "koreacentral",
        "productName": "Virtual Machines Dsv5 Series",
        "meterName": "D2s v5",
        "unitOfMeasure": "1 Hour",
        "retailPrice": price,
        "currencyCode": "USD",
        "effectiveStartDate": "2024-01-01T00:00:00Z",
    } | known


def a_list(*rows: dict[str, Any], refuse_after: int = 99, refusal: int = 400) -> FastAPI:
    """Serves one row a page, and refuses what comes after so many pages of a question."""
    app = FastAPI()

    @app.get("/", response_model=None)
    def page(request: Request) -> JSONResponse:
        wanted = [each for each in rows if f"'{each['type']}'" in request.query_params["$filter"]]
        skip = int(request.query_params.get("$skip", 0))
        if skip >= refuse_after:
            return JSONResponse({}, refusal)
        more = f"https://elsewhere.example/?$skip={skip + 1}" if skip + 1 < len(wanted) else None
        return JSONResponse({"Items": wanted[skip : skip + 1], "NextPageLink": more})

    return app


@pytest.mark.req("COM-46", part="Azure: of prices of several times, the one that holds today")
async def test_a_price_counts_from_its_day_to_its_last(http: httpx.AsyncClient) -> None:
    ended = {
        "effectiveStartDate": "2026-03-01T00:00:00Z",
        "effectiveEndDate": "2026-10-31T00:00:00Z",
    }
    ahead = {"effectiveStartDate": "2026-11-02T00:00:00Z"}
    reserved = {"type": "Reservation", "reservationTerm": "1 Year"}
    app = a_list(
        *(a_row(0.1), a_row(0.08, **ended), a_row(0.3, **ahead)),
        *(a_row(525.6, **reserved), a_row(87.6, **reserved, **ended)),
        *(
            a_row(8.76, **reserved, **ahead),
            a_row(8.76, **reserved, effectiveStartDate="2023-01-01T00:00:00Z"),
        ),
    )

    async with serve(app) as url:
        _, reservations = await RetailPrices(Rest(http), f"{url}/").listed([KOREA], TODAY)

    found = {(e.payment_option, e.upfront + e.recurring_hourly * 8760) for e in reservations}
    assert len(reservations) == 2
    assert found == {("No Upfront", Decimal("525.6")), ("All Upfront", Decimal("525.6"))}
    assert {each.on_demand_hourly for each in reservations} == {Decimal("0.1")}


@pytest.mark.req("COM-46", part="Azure: half a list is none")
@pytest.mark.parametrize(("pages", "refusal"), [(1, 400), (0, 403), (1, 404), (0, 429), (1, 503)])
async def test_a_list_that_breaks_off_or_is_kept_from_us_is_no_list(
    http: httpx.AsyncClient, pages: int, refusal: int
) -> None:
    app = a_list(a_row(0.1), a_row(0.2), refuse_after=pages, refusal=refusal)

    async with serve(app) as url:
        with pytest.raises(CloudSilentError):
            await RetailPrices(Rest(http), f"{url}/").listed([KOREA], TODAY)


@pytest.mark.req(
    "COM-46", part="Azure: a payer's list is read, dated and announced once it has bills"
)
async def test_what_azure_offers_where_a_payer_runs_machines_is_announced(
    azure: AzureCustomer,
    ingestion: Running,
    stack,
    topic_prefix,
    told,
    simulated_azure: ServedAzure,
) -> None:
    bills = await collected(azure, azure.body())
    await list_all(ingestion)
    before = await everything(stack.kafka_brokers, topic_prefix + OFFERS.name)
    assert not [each for each in before if azure.billing.id.encode() in each.value]

    today = date.today()  # noqa: DTZ011 - any day of this month
    rows = [each | {"Date": f"{today:%m}/01/{today:%Y}"} for each in lines()]
    month = {
        "BillingPeriodStartDate": f"{today:%m}/01/{today:%Y}",
        "BillingPeriodEndDate": f"{today:%m}/28/{today:%Y}",
    }
    delivered = {"part_0_0001.csv": as_csv(each | month for each in rows)}
    simulated_azure.state.deliver(azure.export, today.replace(day=1), delivered)
    await bills.ask_for(f"{today:%Y-%m}")
    await bills.ended(1)
    await due_now(ingestion)
    await list_all(ingestion)

    records = await everything(stack.kafka_brokers, topic_prefix + OFFERS.name)
    (key,) = [r.key.decode() for r in records if azure.billing.id.encode() in r.value]
    (message,) = await told(OFFERS, key, 1)
    event: OffersListed = message.data
    assert [event.provider, event.payer_account_id] == ["Microsoft", azure.billing.id]
    wiring = ingestion.server.config.app.state.wiring
    found = PriceList.model_validate_json(await wiring.offers.content(event.price_list_id))
    assert event.rows == len(found.rows) + len(found.reservations)
    assert {(each.region, each.currency) for each in found.rows} == {("eastus", "USD")}
    assert len(found.reservations) == 20


async def due_now(ingestion: Running) -> None:
    """Let everybody's turn come."""
    async with ingestion.database.transaction(Acting(scopes.SYSTEM)) as tx:
        await tx.execute(update(source_turns).values(due_at=tx.now))
