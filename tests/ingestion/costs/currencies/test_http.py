"""Exchange rates over HTTP: stated, withdrawn, told of, and what costs are converted by."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload
from tests.ingestion.reading import Told

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import EXCHANGE_RATES, ExchangeRatesChanged
from finops_sandbox.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
TODAY = utc_now().date()
DAYS = [TODAY - timedelta(days=back) for back in range(10, 0, -1)]
WHOLE = {"start": str(DAYS[0]), "end": str(TODAY), "granularity": "total"}


def a_rate(rate: str = "1400", since: object = DAYS[0], **facts: str) -> dict[str, str]:
    """From dollars to won, unless `facts` say otherwise."""
    return {
        "from_currency": "USD",
        "to_currency": "KRW",
        "since": str(since),
        "rate": rate,
        "source": "ECB reference rate",
        **facts,
    }


class Rates:
    """A customer's exchange rates."""

    def __init__(self, customer: Customer) -> None:
        self.customer, self.owner = customer, customer.owner
        self.root = f"/ingestion/v1/organizations/{customer.organization}"
        self.path = f"{self.root}/exchange-rates"

    async def put(self, *rates: dict[str, str], **more: object) -> httpx.Response:
        return await self.owner.ask("PUT", self.path, {"rates": list(rates), **more})

    async def wrong(self, *rates: dict[str, str]) -> str:
        """The field that is refused."""
        answer = await self.put(*rates)
        assert answer.status_code == 422, answer.text
        return str(answer.json()["errors"][0]["field"])

    async def listed(self, **query: object) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.get(f"{self.path}?{urlencode(query)}")

    async def costs(self, **query: object) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.get(f"{self.root}/costs?{urlencode(WHOLE | query)}")


@pytest.fixture
def rates(customer: Customer) -> Rates:
    return Rates(customer)


@pytest.mark.req("ING-16", part="the rate, its date and its source stand beside what they made")
async def test_costs_are_answered_in_the_wanted_currency_with_the_rates(rates: Rates) -> None:
    lines = [a_day(day, "2") for day in DAYS]
    lines += [a_day(DAYS[0], "3", BillingCurrency="EUR")]
    await upload(rates.customer, lines)
    await rates.put(a_rate("1400"), a_rate("1400.5", DAYS[6]))

    found = await rates.costs(convert_to="KRW")
    plain = await rates.costs()

    assert found["totals"] == [
        {"amount": "3", "currency": "EUR"},
        {"amount": str(2 * (6 * 1400 + 4 * 1400) + 4), "currency": "KRW"},
    ]
    applied = found["converted"]["rates"]
    assert found["converted"]["currency"] == "KRW"
    assert [(each["rate"], each["start"], each["end"]) for each in applied] == [
        ("1400", str(DAYS[0]), str(DAYS[6])),
        ("1400.5", str(DAYS[6]), str(TODAY)),
    ]
    assert {each["source"] for each in applied} == {"ECB reference rate"}
    assert plain["converted"] is None
    assert {each["currency"] for each in plain["totals"]} == {"EUR", "USD"}

    await rates.owner.ask("DELETE", f"{rates.path}/USD/KRW/{DAYS[6]}", expect=204)
    await rates.put(a_rate("1600", DAYS[2], from_currency="EUR"))
    left = await rates.costs(convert_to="KRW")
    assert left["totals"] == [
        {"amount": "3", "currency": "EUR"},  # of a day before its rate
        {"amount": str(20 * 1400), "currency": "KRW"},
    ]


@pytest.mark.req("ING-16", part="rates are stated with a source, changed and withdrawn, and told")
async def test_rates_are_kept_and_every_change_is_told(rates: Rates, told: Told) -> None:
    answer = await rates.put(a_rate(), a_rate("9.3", from_currency="JPY"), reason="month end")
    again = await rates.put(a_rate())
    await rates.put(a_rate("1410", source="bank"))
    gone = f"{rates.path}/JPY/KRW/{DAYS[0]}"
    await rates.owner.ask("DELETE", gone, expect=204)

    assert (answer.status_code, again.status_code) == (204, 204)
    assert (await rates.owner.ask("DELETE", gone)).status_code == 404
    (listed,) = (await rates.listed())["items"]
    assert listed == a_rate("1410", source="bank")
    events = await told(EXCHANGE_RATES, rates.customer.organization, least=3)
    assert [type(each.data) for each in events] == [ExchangeRatesChanged] * 3
    usd, jpy = f"USD/KRW {DAYS[0]}", f"JPY/KRW {DAYS[0]}"
    first, second, third = (each.data for each in events)
    assert (first.before, set(first.after)) == ({}, {usd, jpy})
    assert second.before == {usd: {"rate": "1400", "source": "ECB reference rate"}}
    assert second.after == {usd: {"rate": "1410", "source": "bank"}}
    assert (set(third.before), third.after) == ({jpy}, {})
    assert events[0].reason == "month end"


async def test_as_many_rates_as_may_be_said_at_once_are_told_in_parts(
    rates: Rates, told: Told
) -> None:
    days = [DAYS[0] - timedelta(days=back) for back in range(1_000)]
    source = "가" * 200

    for rate in ("1400", "1401"):
        answer = await rates.put(*(a_rate(rate, day, source=source) for day in days))
        assert answer.status_code == 204, answer.text

    events = await told(EXCHANGE_RATES, rates.customer.organization, least=10)
    assert [len(each.data.after) for each in events] == [200] * 10
    assert sum(len(each.data.before) for each in events) == 1_000


async def test_many_rates_are_read_page_by_page(rates: Rates) -> None:
    stated = [a_rate(since=day, from_currency=name) for day in DAYS for name in ("USD", "EUR")]
    await rates.put(*stated)

    first = await rates.listed(limit=15)
    second = await rates.listed(limit=15, cursor=first["next_cursor"])

    found = [(each["since"], each["from_currency"]) for each in first["items"] + second["items"]]
    assert found == sorted(
        ((each["since"], each["from_currency"]) for each in stated), reverse=True
    )
    assert second["next_cursor"] is None


@pytest.mark.req("ING-16", part="bad rates are refused by field, all or none")
async def test_bad_rates_are_refused_and_nothing_is_kept(rates: Rates) -> None:
    first = "body.rates.0"
    assert await rates.wrong(a_rate("0")) == f"{first}.rate"
    assert await rates.wrong(a_rate("NaN")) == f"{first}.rate"
    assert await rates.wrong(a_rate("1.00000000001")) == f"{first}.rate"
    assert await rates.wrong(a_rate("1000000000000")) == f"{first}.rate"
    assert await rates.wrong(a_rate(from_currency="won")) == f"{first}.from_currency"
    assert await rates.wrong(a_rate(from_currency="KRW")) == f"{first}.to_currency"
    assert await rates.wrong(a_rate(), a_rate("2")) == "body.rates.1.since"
    assert await rates.wrong() == "body.rates"
    assert (await rates.listed())["items"] == []


async def test_more_rates_than_a_question_can_hold_are_refused_and_not_tried(rates: Rates) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [f"{a}{b}{c}" for a in letters[:8] for b in letters for c in letters if a != "K"]
    for first in range(0, 1_001, 1_000):
        some = codes[first : first + 1_000]
        await rates.put(*(a_rate(from_currency=code) for code in some if code != "KRW"))

    answer = await rates.owner.ask(
        "GET", f"{rates.root}/costs?{urlencode(WHOLE | {'convert_to': 'KRW'})}"
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.convert_to"


@pytest.mark.req("ING-16", part="who may read and state rates")
async def test_members_read_rates_and_strangers_see_none(
    rates: Rates,
    settle: Callable[[], Awaitable[Customer]],
    arrive: Callable[..., Awaitable[Visitor]],
) -> None:
    await rates.put(a_rate())
    stranger, bob = await asyncio.gather(settle(), arrive())
    roles = [{"organization_id": rates.customer.organization, "role": "member"}]
    await rates.owner.invite(rates.customer.company, bob, roles=roles)
    body = {"rates": [a_rate("1")]}

    answers = [
        (await who.ask(*asked)).status_code
        for who in (bob, stranger.owner)
        for asked in (("GET", rates.path), ("PUT", rates.path, body))
    ]

    assert answers == [200, 403, 404, 404]
    assert [each["rate"] for each in (await rates.listed())["items"]] == ["1400"]
