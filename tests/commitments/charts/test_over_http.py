"""Charts over HTTP: of what the API answers, in the language that was asked for."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.commitments.figures.test_over_http import WINDOW, golden_parts, imported
from tests.commitments.recommendations.test_over_http import (
    a_payer,
    a_rate,
    advised,
    offer,
    publish,
    usage,
)
from tests.commitments.service import ATenant, Ingestion, Tenant, Topics
from tests.common.pictures.drawn import Drawn, png_size

from finops_common.pictures.domain import written

__all__ = ["golden_parts", "usage"]


async def drawn(tenant: Tenant, query: str, language: str = "en") -> bytes:
    headers = {"Accept-Language": language}
    answer = await tenant.owner.ask("GET", tenant.path(f"charts/{query}"), expect=200, **headers)
    assert answer.headers["content-language"] == language
    return answer.content


@pytest.mark.req("COM-51", part="utilization and coverage over HTTP, of the API's figures")
async def test_charts_show_the_api_s_figures(
    a_tenant: ATenant, topics: Topics, golden_parts: list[bytes]
) -> None:
    tenant = await imported(await a_tenant(), topics, *golden_parts)
    asked = f"{WINDOW}&payer=111111111111"
    (used,) = (await tenant.get(f"utilization?{asked}&by=day"))["rows"]
    (covered,) = (await tenant.get(f"coverage?{asked}&by=day"))["rows"]

    utilization = Drawn(await drawn(tenant, f"utilization?{asked}"))
    coverage = Drawn(await drawn(tenant, f"coverage?{asked}", "ko"))
    png = await drawn(tenant, f"coverage?{asked}&by=month&format=png", "ja")

    for figure in ("used", "unused"):
        assert f"{figure.title()} {written(Decimal(used[figure]), 'USD')} USD" in utilization.told
    assert coverage.title == "일별 약정 적용률"
    assert f"자체 약정 {written(Decimal(covered['covered_own']), 'USD')} USD" in coverage.told
    assert png_size(png) == (1600, 800)
    hours = tenant.path(f"charts/utilization?{asked}&by=hour")
    refused = (await tenant.owner.ask("GET", hours, expect=422)).json()
    assert refused["code"] == "too-many-cells"
    ages = tenant.path("charts/coverage?by=hour&since=1900-01-01T00:00:00Z")
    assert (await tenant.owner.ask("GET", ages, expect=422)).json()["code"] == "too-many-cells"


@pytest.mark.req("COM-51", part="alternatives over HTTP")
async def test_alternatives_are_drawn(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await offer(topics, ingestion, payer, a_rate("0.06"), a_rate("0.05", term_months=36))
    await publish(topics, tenant, 1, usage(payer))
    answer = await advised(tenant, "0.528")

    chart = Drawn(await drawn(tenant, "recommendations", "ja"))
    nobody = Drawn(await drawn(tenant, "recommendations?payer=000000000000"))

    assert len(chart.boxes("row")) == len(answer["items"]) == 2
    assert "3 年 · 前払いなし · 毎時 0.44 USD 321.20 USD" in chart.told
    assert nobody.told.endswith("Nothing to show")
