"""Figures as people ask for them: from ingestion's stream to the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.commitments.service import ATenant, Tenant, Topics, until

from finops_ingestion.bills.convert import convert_bill, hourly_parts
from finops_sandbox.visitor import Visitor

GOLDEN = Path(__file__).parents[2] / "data" / "aws-cur" / "golden"
CLOSE = Decimal("1e-6")
WINDOW = "since=2026-10-01T00:00:00Z&until=2026-11-01T00:00:00Z"


def agrees(shown: Any, expected: Decimal) -> bool:  # noqa: ANN401 - JSON
    return shown is not None and abs(Decimal(shown) - expected) <= CLOSE


async def imported(tenant: Tenant, topics: Topics, *parts: bytes) -> Tenant:
    """Publish a revision and wait until it shows."""
    await topics.send(*tenant.source.revision(1, {tenant.id: parts}))

    async def shown() -> bool:
        return bool((await tenant.get(f"coverage?{WINDOW}"))["totals"])

    await until(shown)
    return tenant


@pytest.fixture(scope="session")
def golden_parts(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The golden bill as ingestion converts and cuts it."""
    folder = tmp_path_factory.mktemp("golden")
    bill, month_end = GOLDEN / "golden-1-legacy-cur.csv", datetime(2026, 11, 1, tzinfo=UTC)
    conversion = convert_bill([bill], folder, as_of=month_end, line_items=False)
    return list(hourly_parts(conversion, "2026-10"))


@pytest.mark.req("COM-20", part="used, unused and utilization per commitment, online")
@pytest.mark.req("COM-21", part="coverage by payer and hour, online")
@pytest.mark.req("COM-22", part="net savings and effective savings rate, online")
async def test_the_golden_bill_comes_out_as_expected(
    a_tenant: ATenant,
    topics: Topics,
    golden_parts: list[bytes],
    golden_expected: list[dict[str, Any]],
) -> None:
    tenant = await imported(await a_tenant(), topics, *golden_parts)

    asked = f"{WINDOW}&by=hour&group=payer"
    coverage = await tenant.get(f"coverage?{asked}")
    savings = await tenant.get(f"savings?{asked}")
    utilization = await tenant.get(f"utilization?{WINDOW}&group=commitment")

    covered = {row["groups"]["payer"]: row for row in coverage["rows"]}
    saved = {row["groups"]["payer"]: row for row in savings["rows"]}
    used = {row["groups"]["commitment"]: row for row in utilization["rows"]}
    for expected in golden_expected:
        row, money = covered[expected["payer"]], saved[expected["payer"]]
        assert row["period_start"] == expected["hour"]
        assert agrees(row["on_demand_cost"], expected["on_demand_charges"])
        assert agrees(row["on_demand_equivalent"], expected["on_demand_equivalent_total"])
        assert agrees(row["savings_plan_coverage_percent"], expected["sp_coverage_pct"])
        committed = expected["amortised_cost_of_the_hour"] - expected["on_demand_charges"]
        assert agrees(money["amortised_cost"], committed)
        assert agrees(money["net_savings"], expected["savings_vs_on_demand"])
        rate = expected["effective_savings_rate_pct"]
        assert agrees(money["effective_savings_rate_percent"], rate)
        for plan in expected["plans"]:
            shown = used.pop(plan["arn"])
            assert agrees(shown["total"], plan["commitment_per_hour"])
            assert agrees(shown["used"], plan["used_commitment"])
            assert agrees(shown["unused"], plan["unused_commitment"])
            assert agrees(shown["utilization_percent"], plan["utilization_pct"])
            assert agrees(shown["net_savings"], plan["net_savings"])
    (reservation,) = used.values()
    assert agrees(reservation["total"], golden_expected[3]["ri_fee_month"])
    assert reservation["unit"] == "Hours"


@pytest.mark.req("COM-23", part="explain, down to hours and commitments")
async def test_a_figure_is_explained_down_to_hours_and_commitments(
    a_tenant: ATenant, topics: Topics, golden_parts: list[bytes]
) -> None:
    tenant = await imported(await a_tenant(), topics, *golden_parts)
    cell = "payer=111111111111&by=hour&period_start=2026-10-01T01:00:00Z"

    found = await tenant.get(f"explain?{WINDOW}&{cell}&figure=net_savings")
    page = await tenant.get(f"explain?{WINDOW}&{cell}&figure=net_savings&limit=1")

    assert found["value"] == "9.1"
    assert found["formula"] == "covered - used - unused; may be negative"
    assert found["inputs"]["used"] == {"known": "47.125", "unknown_lines": 0}
    used = [Decimal(each["inputs"]["used"]["known"]) for each in found["contributions"]]
    assert sum(used) == Decimal("47.125")
    ids = {each["commitment_id"] for each in found["contributions"]}
    assert ids == {"arn:aws:savingsplans::111111111111:savingsplan/csp-01"}
    assert found["lines"] == sum(each["lines"] for each in found["contributions"]) > 0
    assert [r["revision"] for r in found["revisions"]] == [1]
    assert [len(page["contributions"]), page["next_offset"]] == [1, 1]


@pytest.mark.req("COM-21", part="own commitments, shared from elsewhere, on-demand")
@pytest.mark.req("ORG-5", part="commitments of other organizations are shown as totals")
async def test_a_commitment_of_another_organization_shows_as_shared_from_elsewhere(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    foreign = "arn:aws:savingsplans::999999999999:savingsplan/secret"
    covered = {
        "commitment_category": "Spend",
        "commitment_status": "Used",
        "pricing_category": "Committed",
        "list_cost": "10",
        "effective_cost": "6",
        "commitment_quantity": "6",
    }
    rows = [
        a_record(commitment_id=foreign, **covered),
        a_record(commitment_id=foreign.replace("secret", "hidden"), **covered),
        a_record(commitment_id="arn:aws:savingsplans::111111111111:savingsplan/ours", **covered),
    ]
    tenant = await imported(await a_tenant(), topics, part_of(*rows))

    coverage = await tenant.get(f"coverage?{WINDOW}")
    listed = await tenant.owner.ask("GET", tenant.path(f"utilization?{WINDOW}&group=commitment"))
    explained = await tenant.owner.ask("GET", tenant.path(f"explain?{WINDOW}&figure=covered"))

    (total,) = coverage["totals"]
    assert [total["covered_own"], total["covered_shared"]] == ["10", "20"]
    assert sorted(row["used"] for row in listed.json()["rows"]) == ["12", "6"]
    assert "999999999999" not in listed.text + explained.text


@pytest.mark.req("COM-20", part="permission and tenant")
@pytest.mark.parametrize(
    "what", ["coverage", "utilization", "savings", "inventory", "findings", "recommendations"]
)
async def test_figures_are_for_members_with_the_permission_alone(
    a_tenant: ATenant, topics: Topics, what: str
) -> None:
    ours, theirs = await a_tenant(), await a_tenant()
    anonymous = Visitor(ours.owner.base, ours.owner.http, ours.owner.mail_url)

    wrong_tenant = await theirs.owner.ask("GET", ours.path(what))
    nobody = await anonymous.ask("GET", ours.path(what))
    owner = await ours.owner.ask("GET", ours.path(what))

    assert [wrong_tenant.status_code, nobody.status_code, owner.status_code] == [404, 401, 200]


@pytest.mark.parametrize(
    "query",
    [
        "coverage?since=2026-11-01T00:00:00Z&until=2026-10-01T00:00:00Z",
        "coverage?group=colour",
        "coverage?since=2026-10-01T00:00:00",
        "explain?figure=luck",
        "inventory?sort=luck",
        "recommendations?look_back=8",
    ],
)
async def test_a_question_without_sense_is_refused_by_field(a_tenant: ATenant, query: str) -> None:
    tenant = await a_tenant()

    answer = await tenant.owner.ask("GET", tenant.path(query))

    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.req("COM-20", part="used, unused and total in units")
@pytest.mark.req("COM-21", part="on-demand shown or left out")
@pytest.mark.req("COM-23", part="units and lines without a price, online")
async def test_units_and_missing_prices_are_figures_and_on_demand_may_be_left_out(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    reserved = {
        "commitment_id": "arn:aws:ec2:us-east-1:111111111111:reserved-instances/one",
        "commitment_category": "Usage",
        "commitment_unit": "Hours",
        "pricing_category": "Committed",
    }
    used = {"commitment_status": "Used", "effective_cost": "3"}
    unused = {"commitment_status": "Unused", "effective_cost": "2"}
    rows = [
        a_record(**reserved, **used, commitment_quantity="3", list_cost="6"),
        a_record(**reserved, **unused, commitment_quantity="2"),
        a_record(region="eu-west-1", list_cost=None, lines=4, lines_without_list_cost=4),
    ]
    tenant = await imported(await a_tenant(), topics, part_of(*rows))

    (total,) = (await tenant.get(f"utilization?{WINDOW}"))["totals"]
    every = await tenant.get(f"coverage?{WINDOW}&group=region")
    covered = await tenant.get(f"coverage?{WINDOW}&group=region&on_demand=false")
    units = await tenant.get(f"explain?{WINDOW}&figure=total_units")
    unpriced = await tenant.get(f"explain?{WINDOW}&figure=lines_without_price")
    over = await tenant.get(f"explain?{WINDOW}&figure=over_committed&region=us-east-1")

    assert [total["total_units"], total["used_units"], total["unused_units"]] == ["5", "3", "2"]
    assert [row["groups"]["region"] for row in every["rows"]] == ["eu-west-1", "us-east-1"]
    assert [row["groups"]["region"] for row in covered["rows"]] == ["us-east-1"]
    assert covered["totals"] == every["totals"]
    assert [units["value"], unpriced["value"], over["value"]] == ["5", 4, True]
    assert unpriced["inputs"]["on_demand"] == {"known": "0", "unknown_lines": 4}
