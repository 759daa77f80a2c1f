"""What who may read, over HTTP, with people of real companies."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from finops_audit_log.entries.domain import Filter
from finops_audit_log.entries.repository import EntryRepository
from finops_audit_log.entries.sealing import PersonalSealer
from finops_common.acting import Acting
from finops_common.contracts.identity import SessionFailed, SessionStarted
from finops_common.contracts.org_rbac import MemberRoleChanged
from finops_common.db import scopes
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.pagination import PageRequest
from finops_common.testing.services import House, Running
from finops_sandbox.visitor import Visitor

Publish = Callable[..., Awaitable[UUID]]
Recorded = Callable[..., Awaitable[list[Any]]]
Arrive = Callable[..., Awaitable[Visitor]]

MINE = "/audit-log/v1/me/activity"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Company:
    """A company with one organization, its Owner and a plain member."""

    owner: Visitor
    member: Visitor
    id: UUID
    organization_id: UUID

    def path(self, noun: str) -> str:
        return f"/audit-log/v1/organizations/{self.organization_id}/{noun}"

    @property
    def history(self) -> str:
        return f"/audit-log/v1/companies/{self.id}/entries"

    def role_change(self, role: str = "admin") -> MemberRoleChanged:
        return MemberRoleChanged(
            company_id=self.id,
            organization_id=self.organization_id,
            user_id=UUID(self.member.user_id),
            before={"role": "member"},
            after={"role": role},
        )


async def a_company(arrive: Arrive, name: str) -> Company:
    owner, member = await arrive(name="Ada"), await arrive(name="Bob")
    company = await owner.found_company(name)
    organization = await owner.open_organization(company)
    roles = [{"organization_id": organization, "role": "member"}]
    await owner.invite(company, member, roles=roles)
    return Company(owner, member, UUID(company), UUID(organization))


_companies: dict[str, Company] = {}


@pytest.fixture
async def company(people: House, audit_log: Running, arrive: Arrive) -> Company:
    if "ours" not in _companies:
        _companies["ours"] = await a_company(arrive, "Ours")
    return _companies["ours"]


@pytest.fixture
async def neighbour(people: House, audit_log: Running, arrive: Arrive) -> Company:
    if "theirs" not in _companies:
        _companies["theirs"] = await a_company(arrive, "Theirs")
    return _companies["theirs"]


def a_log_in(user_id: str, at: datetime = NOON, browser: str = "Chrome 142") -> SessionStarted:
    return SessionStarted(
        user_id=UUID(user_id),
        session_id=new_id(),
        method="password",
        browser=browser,
        operating_system="Linux",
        device="Other",
        at=at,
    )


async def eventually(ask: Callable[[], Awaitable[list[Any]]], least: int) -> list[Any]:
    for _ in range(200):
        found = await ask()
        if len(found) >= least:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"only {len(found)} of {least}")


@pytest.mark.req("AUD-3", part="my activity")
@pytest.mark.req("AUD-1", part="log-in, log-out")
async def test_i_see_my_own_log_ins_and_log_outs_newest_first(
    people: House, audit_log: Running, arrive: Arrive
) -> None:
    ada = await arrive()
    await ada.ask("DELETE", "/identity/v1/sessions/current", expect=204)
    await ada.log_in()

    async def mine() -> list[Any]:
        path = f"{MINE}?action=session.started&action=session.ended"
        items: list[Any] = (await ada.get(path))["items"]
        return items

    found = await eventually(mine, 3)

    assert [each["action"] for each in found] == [
        "session.started",
        "session.ended",
        "session.started",
    ]
    assert {each["actor"]["id"] for each in found} == {ada.user_id}
    assert found[0]["data"]["browser"].startswith("Chrome")
    assert found[0]["ip"] == ada.headers["X-Forwarded-For"]
    assert found[0]["user_agent"] == ada.headers["User-Agent"]
    assert found[0]["erased"] == []


@pytest.mark.req("AUD-3", part="organization history")
@pytest.mark.req("AUD-1", part="members and invitations")
async def test_who_may_view_security_sees_what_was_done_in_the_organization(
    people: House, audit_log: Running, arrive: Arrive
) -> None:
    company = await a_company(arrive, "Fresh")

    async def history() -> list[Any]:
        items: list[Any] = (await company.owner.get(company.history + "?sort=happened_at"))["items"]
        return items

    found = await eventually(history, 5)

    actions = [each["action"] for each in found]
    assert actions[0] == "company.created"
    assert {
        "organization.created",
        "invitation.sent",
        "invitation.accepted",
        "member.added",
    } <= set(actions)
    assert [each["sequence"] for each in found] == list(range(1, len(found) + 1))
    sent = found[actions.index("invitation.sent")]
    assert sent["data"]["email"] == company.member.email
    of_organization = await company.owner.get(company.path("entries"))
    assert {each["organization_id"] for each in of_organization["items"]} == {
        str(company.organization_id)
    }


@pytest.mark.req("AUD-3", part="member activity")
async def test_member_activity_shows_log_ins_of_present_members_only(
    company: Company, neighbour: Company, publish: Publish, recorded: Recorded
) -> None:
    people = (company.member, neighbour.member)
    await recorded(
        *[await publish(a_log_in(each.user_id), by=UUID(each.user_id)) for each in people]
    )

    listed = await company.owner.get(company.path("member-activity?limit=200"))
    filtered = await company.owner.get(
        company.path(f"member-activity?person={neighbour.member.user_id}")
    )

    ours = {company.owner.user_id, company.member.user_id}
    shown = {each["chain_id"] for each in listed["items"]}
    assert company.member.user_id in shown
    assert shown <= ours
    assert {each["action"].partition(".")[0] for each in listed["items"]} == {"session"}
    assert filtered["items"] == []


@pytest.mark.req("AUD-3", part="for who may view security")
@pytest.mark.parametrize("noun", ["entries", "member-activity", "activity-patterns"])
async def test_only_who_may_view_security_of_this_organization_reads(
    company: Company, neighbour: Company, noun: str
) -> None:
    path = company.path(noun)
    nobody = await company.owner.ask("GET", path, Authorization="")

    assert nobody.status_code == httpx.codes.UNAUTHORIZED
    assert (await company.owner.ask("GET", path)).status_code == httpx.codes.OK
    assert (await company.member.ask("GET", path)).status_code == httpx.codes.FORBIDDEN
    assert (await neighbour.owner.ask("GET", path)).status_code == httpx.codes.NOT_FOUND


async def test_only_who_may_view_security_of_the_company_reads_its_history(
    company: Company, neighbour: Company
) -> None:
    statuses = [
        (await each.ask("GET", company.history)).status_code
        for each in (company.owner, company.member, neighbour.owner)
    ]

    assert statuses == [httpx.codes.OK, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND]


@pytest.mark.req("AUD-3", part="tenants and persons see nothing of each other")
async def test_nothing_of_another_tenant_or_person_shows(
    company: Company, neighbour: Company, publish: Publish, recorded: Recorded
) -> None:
    await recorded(await publish(neighbour.role_change(), by=UUID(neighbour.owner.user_id)))

    seen = [
        each
        for path in (company.history, company.path("entries"), MINE)
        for each in (await company.owner.get(path + "?limit=200"))["items"]
    ]

    assert seen
    assert {each["company_id"] for each in seen} <= {str(company.id), None}
    assert {each["chain_id"] for each in seen} <= {str(company.id), company.owner.user_id}


@pytest.mark.req("AUD-3", part="filters")
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("ip=203.0.113.77", True),
        ("ip=203.0.113.78", False),
        ("person={owner}", True),
        ("person={member}", False),
        ("action=member.role_changed&action=member.added", True),
        ("action=member.added", False),
        ("text=SUPERviser", True),
        ("text=super%25er", False),
        ("text={member}", True),
        ("outcome=success", True),
        ("outcome=failure", False),
        ("since=2026-11-20T12:00:00Z&until=2026-11-20T12:00:01Z", True),
        ("until=2026-11-20T12:00:00Z", False),
        ("since=2026-11-20T21:00:01%2B09:00", False),
    ],
)
async def test_filters_narrow_the_history(
    company: Company, publish: Publish, recorded: Recorded, query: str, shown: bool
) -> None:
    facts: dict[str, Any] = {"by": UUID(company.owner.user_id), "at": NOON, "ip": "203.0.113.77"}
    event_id = await publish(company.role_change("superviser"), **facts)
    await recorded(event_id)
    wanted = query.format(owner=company.owner.user_id, member=company.member.user_id)

    found = await company.owner.get(company.path(f"entries?limit=200&{wanted}"))

    assert (str(event_id) in {each["event_id"] for each in found["items"]}) is shown


@pytest.mark.req("AUD-3", part="cursor paging and sort")
@pytest.mark.parametrize("sort", ["happened_at", "-happened_at"])
async def test_paging_shows_each_entry_once_while_others_come(
    company: Company, publish: Publish, recorded: Recorded, sort: str
) -> None:
    by = UUID(company.owner.user_id)
    wanted = [await publish(company.role_change(), by=by, at=NOON) for _ in range(5)]
    await recorded(*wanted)
    path = company.path(f"entries?limit=2&sort={sort}")

    seen, cursor = [], ""
    while True:
        page = await company.owner.get(path + cursor)
        seen += [each["event_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        await recorded(await publish(company.role_change(), by=by, at=NOON + timedelta(days=1)))

    assert len(seen) == len(set(seen))
    assert {str(each) for each in wanted} <= set(seen)


@pytest.mark.req("AUD-3", part="patterns by hour and device")
async def test_patterns_count_log_ins_per_person_and_team_in_the_hours_of_a_place(
    company: Company, publish: Publish, recorded: Recorded
) -> None:
    member = company.member.user_id
    failed = SessionFailed(user_id=UUID(member), method="password")
    year_ago = NOON - timedelta(days=365)
    ids = [
        await publish(a_log_in(member, year_ago), by=UUID(member), at=year_ago),
        await publish(a_log_in(member, year_ago), by=UUID(member), at=year_ago),
        await publish(a_log_in(member, browser="Firefox 140"), by=UUID(member), at=year_ago),
        await publish(failed, at=year_ago + timedelta(hours=1), outcome="failure"),
    ]
    await recorded(*ids)

    found = await company.owner.get(
        company.path(
            "activity-patterns?timezone=Asia/Seoul"
            "&since=2025-11-20T00:00:00Z&until=2025-11-21T00:00:00Z"
        )
    )

    (bob,) = found["people"]
    assert bob["user_id"] == member
    hours = {h["hour"]: (h["log_ins"], h["failed"]) for h in found["team"]["by_hour"]}
    assert (hours[21], hours[22], hours[12]) == ((3, 0), (0, 1), (0, 0))
    devices = [(each["browser"], each["log_ins"]) for each in bob["by_device"]]
    assert devices == [("Chrome 142", 2), ("Firefox 140", 1)]


@pytest.mark.parametrize(
    "query", ["timezone=Moon", "since=2025-01-01T00:00:00Z&until=2026-01-01T00:00:00Z"]
)
async def test_patterns_refuse_what_they_cannot_count(company: Company, query: str) -> None:
    answer = await company.owner.ask("GET", company.path(f"activity-patterns?{query}"))

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert answer.json()["errors"][0]["field"].startswith("query.")


@pytest.mark.req("PRIV-5", part="what was sealed for a person in entries is gone with their key")
async def test_after_erasure_the_entry_stays_and_says_what_is_gone(
    company: Company,
    publish: Publish,
    recorded: Recorded,
    database: Database,
    sealer: PersonalSealer,
) -> None:
    former = new_id()
    event_id = await publish(company.role_change(), by=former)
    await recorded(event_id)

    async with database.transaction(Acting(SYSTEM)) as tx:
        await sealer.destroy(tx, former)

    listed = await company.owner.get(company.path(f"entries?person={former}"))
    (entry,) = listed["items"]
    assert (entry["ip"], entry["user_agent"]) == (None, None)
    assert entry["erased"] == ["ip", "user_agent"]
    assert entry["actor"] == {"kind": "user", "id": str(former)}


@pytest.mark.req("AUD-2", part="one documented vocabulary")
async def test_every_action_is_in_the_vocabulary(company: Company) -> None:
    words = {
        each["action"]: each for each in (await company.owner.get("/audit-log/v1/actions"))["items"]
    }

    assert words["member.role_changed"] == {
        "action": "member.role_changed",
        "service": "org-rbac",
        "name": "Member role changed",
        "description": MemberRoleChanged.__doc__,
        "target_kind": "user",
    }
    listed = await company.owner.get(company.history + "?limit=200")
    assert {each["action"] for each in listed["items"]} <= words.keys()


@pytest.mark.req("AUD-3", part="filters find the same whether few entries match or many")
async def test_few_matches_are_found_by_an_index_and_many_among_the_newest(
    company: Company,
    publish: Publish,
    recorded: Recorded,
    database: Database,
    sealer: PersonalSealer,
) -> None:
    by = UUID(company.owner.user_id)
    events = [await publish(company.role_change("archivist"), by=by, at=NOON) for _ in range(3)]
    await recorded(*events)
    other = await publish(company.role_change("member"), by=by, at=NOON)
    await recorded(other)
    wanted = Filter(text="ARCHIVist")

    async with database.transaction(Acting(SYSTEM)) as tx:
        entries = EntryRepository(tx, sealer)
        few = await entries.few(company.id, wanted, most=3)
        many = await entries.few(company.id, wanted, most=2)
        strangers = await entries.few(new_id(), wanted)
    assert few is not None
    async with database.transaction(Acting(scopes.company(company.id))) as tx:
        entries = EntryRepository(tx, sealer)
        found = await entries.list_of_company(replace(wanted, among=few), PageRequest(limit=50))
        walked = await entries.list_of_company(wanted, PageRequest(limit=50))

    assert (len(few), many, strangers) == (3, None, ())
    assert {each.event_id for each in found.items} == set(events)
    assert found == walked
