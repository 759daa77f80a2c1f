"""Cost groups over HTTP: kept version by version, previewed, and a dimension of costs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload
from tests.ingestion.reading import Told

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import COST_GROUPS, CostGroupsChanged
from finops_common.contracts.ingestion_queries import CostGroupRules, RecordFilter
from finops_sandbox.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
TODAY = utc_now().date()
DAYS = [TODAY - timedelta(days=back) for back in range(20, 0, -1)]
WHOLE = {"start": str(DAYS[0]), "end": str(TODAY)}
USD = "USD"


def a_filter(dimension: str, *values: str | None, excluded: bool = False) -> dict[str, Any]:
    return {"dimension": dimension, "values": list(values), "excluded": excluded}


def a_document(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A shop with a platform that its teams share."""
    return {
        "groups": [
            {"id": "shop", "name": "Shop", "kind": "department", "parent_id": None},
            {"id": "web", "name": "Web", "kind": "team", "parent_id": "shop"},
            {"id": "data", "name": "Data", "kind": "team", "parent_id": "shop"},
            {"id": "platform", "name": "Platform", "kind": "team", "parent_id": None},
        ],
        "rules": [
            {"group_id": "web", "filters": [a_filter("tag:team", "web")]},
            {"group_id": "data", "filters": [a_filter("tag:team", "data")]},
            {"group_id": "platform", "filters": [a_filter("service", "AmazonVPC")]},
        ],
        "shared": [
            {
                "group_id": "platform",
                "key": "fixed",
                "targets": [
                    {"group_id": "web", "percent": "75"},
                    {"group_id": "data", "percent": "25"},
                ],
            }
        ],
        **parts,
    }


class Sorting:
    """A customer's cost groups, asked as a frontend would."""

    def __init__(self, customer: Customer) -> None:
        self.customer, self.owner = customer, customer.owner
        self.root = f"/ingestion/v1/organizations/{customer.organization}"
        self.path = f"{self.root}/cost-groups"

    async def put(self, body: object, by: Visitor | None = None, **headers: str) -> httpx.Response:
        return await (by or self.owner).ask("PUT", self.path, body, **headers)

    async def saved(self, body: object) -> Any:  # noqa: ANN401 - JSON
        answer = await self.put(body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, noun: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        return await self.owner.get(f"{self.root}/{noun}?{urlencode(query, doseq=True)}")

    async def preview(self, body: object) -> Any:  # noqa: ANN401 - JSON
        path = f"{self.path}/preview?{urlencode(WHOLE)}"
        return await self.owner.post(path, body, expect=200)

    async def wrong(self, body: object) -> set[str]:
        """The fields that are refused, on saving and in a preview alike."""
        answer = await self.put(body)
        assert answer.status_code == 422, answer.text
        path = f"{self.path}/preview?{urlencode(WHOLE)}"
        again = await self.owner.ask("POST", path, body, expect=422)
        assert again.json()["errors"] == answer.json()["errors"]
        return {each["field"] for each in answer.json()["errors"]}


@pytest.fixture
def sorting(customer: Customer) -> Sorting:
    return Sorting(customer)


async def upload_bill(customer: Customer) -> None:
    lines = [a_day(day, "2", Tags={"team": "web"}) for day in DAYS]
    lines += [a_day(day, "1", Tags={"team": "data"}, SubAccountId="222222222222") for day in DAYS]
    lines += [a_day(day, "0.4", ServiceName="AmazonVPC") for day in DAYS]
    lines += [a_day(day, "0.07", ServiceName="AmazonS3") for day in DAYS]
    await upload(customer, lines)


def amounts(tree: dict[str, Any], name: str) -> dict[str, Decimal]:
    return {each["id"]: Decimal(each[name]["amount"]) for each in tree["groups"]}


@pytest.mark.req("ING-34", part="every version is kept with who and when")
async def test_each_change_is_a_version_with_who_and_when(sorting: Sorting, told: Told) -> None:
    nothing = await sorting.get("cost-groups")
    first = await sorting.saved(a_document() | {"reason": "new teams"})
    again = await sorting.saved(a_document())
    second = await sorting.saved(a_document(shared=[]))

    assert (nothing["version"], nothing["groups"], nothing["changed_by"]) == (0, [], None)
    assert (first["version"], again["version"], second["version"]) == (1, 1, 2)
    assert first["rules"] == a_document()["rules"]
    assert first["changed_by"] == sorting.owner.user_id
    listed = (await sorting.get("cost-groups/versions"))["items"]
    assert [(each["version"], each["groups"], each["shared"]) for each in listed] == [
        (2, 4, 0),
        (1, 4, 1),
    ]
    assert await sorting.get("cost-groups/versions/1") == first
    assert (await sorting.owner.ask("GET", f"{sorting.path}/versions/3")).status_code == 404
    events = await told(COST_GROUPS, sorting.customer.organization, least=2)
    assert [type(each.data) for each in events] == [CostGroupsChanged] * 2
    assert [each.data.changed for each in events] == [("groups", "rules", "shared"), ("shared",)]
    assert events[1].data.before == {"groups": 4, "rules": 3, "shared": 1}
    assert events[1].data.after == {"groups": 4, "rules": 3, "shared": 0}
    assert events[0].reason == "new teams"


@pytest.mark.req("COM-21", part="commitments learns the rules of cost groups")
async def test_commitments_learns_the_rules_over_what_records_say(
    sorting: Sorting, service_token: Callable[[str, str], str]
) -> None:
    of = f"companies/{sorting.customer.company}/organizations/{sorting.customer.organization}"
    url = f"{sorting.owner.base('ingestion')}/internal/{of}/cost-groups"
    bearer = {"Authorization": f"Bearer {service_token('commitments', 'ingestion')}"}
    filters = [a_filter("resource", "i-1"), a_filter("operation", None, excluded=True)]
    rule = {"group_id": "shop", "filters": filters}

    before = await sorting.owner.http.get(url, headers=bearer)
    await sorting.saved(a_document(rules=[*a_document()["rules"], rule]))
    after = CostGroupRules.model_validate(
        (await sorting.owner.http.get(url, headers=bearer)).json()
    )

    assert before.json() == {"version": 0, "parents": {}, "rules": []}
    assert after.version == 1
    assert after.parents == {"shop": None, "web": "shop", "data": "shop", "platform": None}
    *_, platform, shop = after.rules
    assert platform.filters == (RecordFilter(column="service", values=("AmazonVPC",)),)
    assert shop.filters == (
        RecordFilter(column=None, values=("i-1",)),
        RecordFilter(column="operation", values=(None,), excluded=True),
    )
    assert [each.filters[0].column for each in after.rules[:2]] == [None, None]
    assert (await sorting.owner.http.get(url)).status_code == 401


@pytest.mark.req("ING-34", part="two writers")
@pytest.mark.req("PLAT-4", part="cost groups")
async def test_nobody_overwrites_what_they_have_not_seen(sorting: Sorting) -> None:
    read = await sorting.owner.ask("GET", sorting.path, expect=200)
    seen = {"If-Match": read.headers["ETag"]}
    mine, yours = a_document(), a_document(shared=[])

    answers = await asyncio.gather(sorting.put(mine, **seen), sorting.put(yours, **seen))

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won = mine if answers[0].status_code == 200 else yours
    repeated = await sorting.put(won, **seen)
    assert (repeated.status_code, repeated.headers["ETag"]) == (200, '"1"')
    latest = {"If-Match": repeated.headers["ETag"]}
    assert (await sorting.put(a_document(rules=[]), **latest)).json()["version"] == 2


@pytest.mark.req("ING-34", part="costs of the tree, shared cost split by a stated key")
@pytest.mark.req("ING-34", part="a dimension of costs, bridges, line items and tags")
async def test_costs_are_told_by_group(sorting: Sorting) -> None:
    await upload_bill(sorting.customer)
    await sorting.saved(a_document())

    costs = await sorting.get("cost-groups/costs", **WHOLE)
    (tree,) = costs["currencies"]

    assert (costs["version"], costs["metric"]) == (1, "amortised")
    assert amounts(tree, "direct") == {"shop": 0, "web": 40, "data": 20, "platform": 8}
    assert amounts(tree, "shared_in") == {"shop": 0, "web": 6, "data": 2, "platform": 0}
    assert amounts(tree, "total") == {"shop": 68, "web": 46, "data": 22, "platform": 0}
    assert tree["unassigned"] == {"amount": "1.4", "currency": USD}
    assert tree["total"] == (await sorting.get("costs", **WHOLE))["totals"][0]
    assert [each["amount"]["amount"] for each in tree["shared"][0]["portions"]] == ["6", "2"]
    await _by_group(sorting)
    await _of_a_group(sorting)

    await sorting.saved(a_document(shared=[], rules=[]))
    (before,) = (await sorting.get("cost-groups/costs", **WHOLE, version=1))["currencies"]
    (after,) = (await sorting.get("cost-groups/costs", **WHOLE))["currencies"]
    assert before == tree
    assert after["unassigned"] == after["total"] == tree["total"]


async def _by_group(sorting: Sorting) -> None:
    groups = (await sorting.get("costs", **WHOLE, by="cost_group"))["groups"]
    assert [(each["values"]["cost_group"], each["cost"]["amount"]) for each in groups] == [
        ("web", "40"),
        ("data", "20"),
        ("platform", "8"),
        (None, "1.4"),
    ]
    crossed = await sorting.get("costs", **WHOLE, by=["cost_group", "account"])
    assert sum(Decimal(each["cost"]["amount"]) for each in crossed["groups"]) == Decimal("69.4")
    (bridge,) = (await sorting.get("costs/bridge", **WHOLE, by="cost_group"))["bridges"]
    changes = {each["values"]["cost_group"]: each["change"]["amount"] for each in bridge["groups"]}
    assert changes == {"web": "40", "data": "20", "platform": "8", None: "1.4"}


async def _of_a_group(sorting: Sorting) -> None:
    """A group with those below it, its lines, its tags, and what is in none."""
    shop = await sorting.get("costs", **WHOLE, cost_group="shop")
    assert [each["amount"] for each in shop["totals"]] == ["60"]
    others = await sorting.get("costs", **WHOLE, **{"not": "cost_group:shop"})
    assert [each["amount"] for each in others["totals"]] == ["9.4"]
    none = await sorting.get("costs", **WHOLE, by="service", cost_group="")
    assert [each["values"] for each in none["groups"]] == [{"service": "AmazonS3"}]
    assert (await sorting.get("costs", **WHOLE, cost_group="ghost"))["totals"] == []
    lines = await sorting.get("line-items", **WHOLE, cost_group="data", limit=200)
    assert {each["account_id"] for each in lines["items"]} == {"222222222222"}
    assert len(lines["items"]) == len(DAYS)
    (values,) = (await sorting.get("tags/team/values", **WHOLE, cost_group="data"))["items"]
    assert values["value"] == "data"


@pytest.mark.req("ING-34", part="preview of what falls where")
async def test_a_preview_says_what_would_fall_where_and_keeps_nothing(sorting: Sorting) -> None:
    await upload_bill(sorting.customer)
    rules = [
        {"group_id": "web", "filters": [a_filter("service", "AmazonEC2")]},
        {"group_id": "data", "filters": [a_filter("tag:team", "data")]},
        {"group_id": "platform", "filters": []},
    ]

    found = await sorting.preview(a_document(rules=rules))

    assert [(each["group_id"], each["matches"]) for each in found["rules"]] == [
        ("web", True),
        ("data", False),
        ("platform", True),
    ]
    assert [[cost["amount"] for cost in each["costs"]] for each in found["rules"]] == [
        ["60"],
        [],
        ["9.4"],
    ]
    (tree,) = found["currencies"]
    assert (tree["total"]["amount"], tree["unassigned"]["amount"]) == ("69.4", "0")
    assert found["version"] is None
    assert (await sorting.get("cost-groups"))["version"] == 0


@pytest.mark.req("ING-34", part="bad documents are refused by field")
async def test_bad_documents_are_refused_by_field(sorting: Sorting) -> None:
    good = a_document()

    def with_rule(*filters: object) -> dict[str, Any]:
        return good | {"rules": [{"group_id": "web", "filters": list(filters)}]}

    orphan = {"id": "orphan", "name": "Orphan", "kind": "team", "parent_id": "ghost"}
    split = {"group_id": "web", "key": "even", "targets": [{"group_id": "web", "percent": "1"}]}
    first = "body.rules.0.filters.0"
    assert await sorting.wrong(good | {"groups": [*good["groups"], orphan]}) == {
        "body.groups.4.parent_id"
    }
    assert await sorting.wrong(good | {"groups": []}) >= {"body.rules.0.group_id"}
    assert await sorting.wrong(good | {"shared": [split]}) == {"body.shared.0.targets.0.percent"}
    assert await sorting.wrong(good | {"shared": [split | {"targets": []}]}) == {
        "body.shared.0.targets"
    }
    assert await sorting.wrong(with_rule(a_filter("colour", "red"))) == {f"{first}.dimension"}
    assert await sorting.wrong(with_rule(a_filter("tenancy", "host"))) == {f"{first}.dimension"}
    assert await sorting.wrong(with_rule(a_filter("cost_group", "web"))) == {f"{first}.dimension"}
    assert await sorting.wrong(with_rule(a_filter("region", "a\0b"))) == {
        f"{first}.values.0",
    }
    assert (await sorting.get("cost-groups"))["version"] == 0


@pytest.mark.req("ING-34", part="circles of shared cost are refused by name")
async def test_a_circle_of_shared_cost_is_named(sorting: Sorting) -> None:
    shared = [
        {"group_id": mine, "key": "even", "targets": [{"group_id": theirs}]}
        for mine, theirs in (("web", "platform"), ("platform", "shop"), ("shop", "web"))
    ]

    answer = await sorting.put(a_document(shared=shared))

    assert (answer.status_code, answer.json()["code"]) == (422, "cost-shared-in-circle")
    assert set(answer.json()["group_ids"]) == {"shop", "web", "platform"}
    assert all(name in answer.json()["detail"] for name in ("Shop", "Web", "Platform"))


@pytest.mark.req("ING-34", part="nothing is asked together that no file has")
async def test_groups_by_tag_do_not_go_with_what_only_records_say(sorting: Sorting) -> None:
    await sorting.saved(a_document())
    query = urlencode({**WHOLE, "by": ["cost_group", "tenancy"]}, doseq=True)

    answer = await sorting.owner.ask("GET", f"{sorting.root}/costs?{query}", expect=422)
    backwards = urlencode({"start": str(TODAY), "end": str(DAYS[0])})
    refused = await sorting.owner.ask("GET", f"{sorting.path}/costs?{backwards}", expect=422)

    assert answer.json()["errors"][0]["field"] == "query.by"
    assert refused.json()["errors"][0]["field"] == "query.end"


@pytest.mark.req("ING-34", part="who may read and change them")
@pytest.mark.req("PLAT-5", part="cost groups")
async def test_members_read_cost_groups_and_strangers_see_none(
    sorting: Sorting,
    settle: Callable[[], Awaitable[Customer]],
    arrive: Callable[..., Awaitable[Visitor]],
) -> None:
    await sorting.saved(a_document())
    stranger, bob = await asyncio.gather(settle(), arrive())
    roles = [{"organization_id": sorting.customer.organization, "role": "member"}]
    await sorting.owner.invite(sorting.customer.company, bob, roles=roles)
    reads = ("", "/versions", "/versions/1", f"/costs?{urlencode(WHOLE)}")

    read = [(await bob.ask("GET", sorting.path + each)).status_code for each in reads]
    changed = await sorting.put(a_document(rules=[]), by=bob)
    seen = [(await stranger.owner.ask("GET", sorting.path + each)).status_code for each in reads]
    stolen = await sorting.put(a_document(rules=[]), by=stranger.owner)

    assert read == [200] * 4
    assert (changed.status_code, changed.json()["code"]) == (403, "forbidden")
    assert seen == [404] * 4
    assert stolen.status_code == 404
    assert (await sorting.get("cost-groups"))["version"] == 1
