"""Backtests over HTTP, from real records and a real price list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.commitments.recommendations.test_over_http import (
    a_payer,
    a_rate,
    now,
    offer,
    publish,
)
from tests.commitments.service import ATenant, Ingestion, Topics, until

HOURS = 125 * 24


@pytest.mark.req("COM-43", part="on the organization's own history")
async def test_each_payer_is_told_what_every_policy_would_have_saved(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant, payer, newer, unlisted = await a_tenant(), a_payer(), a_payer(), a_payer()

    def used(by: str, hours: int) -> list[Any]:
        common = {"payer_account_id": by, "account_id": by}
        amounts = {"list_cost": "1", "usage_quantity": "10"}
        times = (now() - timedelta(hours=at + 1) for at in range(hours))
        return [a_record(hour=hour, **common, **amounts) for hour in times]

    await offer(topics, ingestion, payer, a_rate("0.06"))
    await offer(topics, ingestion, newer, a_rate("0.06"))
    records = [*used(payer, HOURS), *used(newer, 48), *used(unlisted, 1)]
    await publish(topics, tenant, 1, part_of(*records))

    async def there() -> dict[str, Any] | None:
        answer: dict[str, Any] = await tenant.get("recommendations/backtest")
        return answer if len(answer["items"]) == 2 else None

    answer = await until(there)

    assert answer is not None
    assert answer["without_offers"] == [unlisted]
    by_payer = {item["payer_account_id"]: item for item in answer["items"]}
    long, short = by_payer[payer], by_payer[newer]
    assert [long["too_short"], long["known_days"], long["needed_days"]] == [False, 125, 120]
    assert [short["too_short"], short["known_days"], short["starts"]] == [True, 2, []]
    assert {each["policy"]: each["percent_of_best"] for each in short["policies"]} == dict.fromkeys(
        ("ours", "provider_30_days", "provider_60_days", "0.8_x_30_days")
    )
    savings = {each["policy"]: each["monthly_savings"] for each in long["policies"]}
    assert savings["provider_30_days"] == {"mean": "292", "p10": "292", "worst": "292"}
    assert savings["0.8_x_30_days"]["worst"] == "233.6"
    (start,) = long["starts"]
    assert [start["hours"], start["on_demand"], start["best"]] == [95 * 24, "2280", "912"]

    picture = await tenant.owner.ask(
        "GET", tenant.path(f"recommendations/backtest/picture?payer={payer}")
    )
    assert b"<svg" in picture.content
    assert payer.encode() in picture.content
    refused = await tenant.owner.ask(
        "GET", tenant.path(f"recommendations/backtest/picture?payer={newer}")
    )
    assert [refused.status_code, refused.json()["code"]] == [422, "history-too-short"]

    other_terms = await tenant.get("recommendations/backtest?term_years=3")
    assert (other_terms["items"], len(other_terms["without_offers"])) == ([], 3)
