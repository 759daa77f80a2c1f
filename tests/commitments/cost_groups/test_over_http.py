"""Figures by cost group as people ask for them."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.commitments.cost_groups.test_figures import SHOP
from tests.commitments.figures.test_over_http import WINDOW, imported
from tests.commitments.service import ATenant, Ingestion, Tenant, Topics

from finops_common.contracts.ingestion_queries import CostGroupRules


@pytest.fixture
async def tenant(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> Tenant:
    rows = [
        a_record(list_cost="1"),
        a_record(service="AmazonRDS", usage_type="InstanceUsage:db.m5.large", list_cost="4"),
        a_record(account_id="222222222222", list_cost="8"),
        a_record(
            commitment_id="arn:aws:savingsplans::111111111111:savingsplan/one",
            commitment_category="Spend",
            commitment_status="Used",
            list_cost="3",
            effective_cost="2",
        ),
    ]
    found = await imported(await a_tenant(), topics, part_of(*rows))
    ingestion.groups[found.organization_id] = SHOP
    return found


@pytest.mark.req("COM-21", part="by cost group, online")
@pytest.mark.req("COM-20", part="by cost group, online")
@pytest.mark.req("ING-34", part="a dimension of coverage")
async def test_figures_are_cut_and_filtered_by_cost_group(tenant: Tenant) -> None:
    rows = await tenant.get(f"coverage?{WINDOW}&group=cost_group")
    whole = await tenant.get(f"coverage?{WINDOW}&cost_group=shop")
    used = await tenant.get(f"utilization?{WINDOW}&group=cost_group")
    without = await tenant.get(f"coverage?{WINDOW}")

    shown = {each["groups"]["cost_group"]: each["on_demand_cost"] for each in rows["rows"]}
    assert shown == {"shop": "4", "web": "1", "(unknown)": "8"}
    assert whole["totals"][0]["on_demand_cost"] == "5"
    assert [(each["groups"]["cost_group"], each["used"]) for each in used["rows"]] == [("web", "2")]
    assert [rows["cost_groups_version"], without["cost_groups_version"]] == [3, None]


@pytest.mark.req("COM-23", part="a cost group's figure, online")
async def test_a_groups_figure_is_explained_with_and_without_those_below(tenant: Tenant) -> None:
    asked = f"explain?{WINDOW}&figure=on_demand_cost&cost_group=shop"

    assert (await tenant.get(asked))["value"] == "5"
    assert (await tenant.get(f"{asked}&group=cost_group"))["value"] == "4"


@pytest.mark.req("COM-25", part="hot spots of a cost group")
@pytest.mark.req("COM-50", part="coverage by cost group")
async def test_hot_spots_and_exports_know_cost_groups(tenant: Tenant) -> None:
    spots = await tenant.get(f"coverage/hot-spots?{WINDOW}&cost_group=web")
    path = tenant.path(f"coverage/export?{WINDOW}&group=cost_group&format=csv&columns=cost_group")
    export = await tenant.owner.ask("GET", path, expect=200)

    assert [each["on_demand_cost"] for each in spots["items"]] == ["1"]
    assert sorted(export.text.split()) == ["(unknown)", "cost_group", "shop", "web"]


async def test_a_change_of_rules_shows_in_the_next_answer(
    tenant: Tenant, ingestion: Ingestion
) -> None:
    asked = f"coverage?{WINDOW}&group=cost_group"
    assert len((await tenant.get(asked))["rows"]) == 3

    ingestion.groups[tenant.organization_id] = CostGroupRules(version=4)

    after = await tenant.get(asked)
    assert [each["groups"]["cost_group"] for each in after["rows"]] == [None]
    assert after["cost_groups_version"] == 4


async def test_while_the_rules_are_out_of_reach_there_is_no_answer_by_group(
    tenant: Tenant, ingestion: Ingestion
) -> None:
    del ingestion.groups[tenant.organization_id]

    path = tenant.path(f"coverage?{WINDOW}&group=cost_group")
    await tenant.owner.ask("GET", path, expect=503)
    assert (await tenant.get(f"coverage?{WINDOW}"))["totals"]
