"""Two hundred role changes while everything dies now and then: nothing lost, nothing twice."""

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.crash.conftest import share_of_roles
from tests.crash.reading import all_ready, events, first_of_each, nothing_waits, set_aside, until

from finops_common.clock import utc_now
from finops_common.contracts.org_rbac import MemberRoleChanged
from finops_common.contracts.revocations import AccessRevoked
from finops_common.events.envelope import Envelope
from finops_sandbox.crashes import Crashes, insist, try_once, victim
from finops_sandbox.local import LocalHouse, running_house
from finops_sandbox.supervisor import Progress
from finops_sandbox.visitor import Visitor

SERVICES = ("identity", "org-rbac", "audit-log")
VICTIMS = (
    *(f"{name}-{role}" for name in SERVICES for role in ("api", "worker")),
    "postgres",
    "kafka",
)
ROLES = ("admin", "read_write", "member")
MEMBERS = 4
CHANGES_PER_POINT = 12
# As long as the changes of a point take, and what they set in motion.
WITHIN = 0.4
RECOVERY = 30
FRESH = 300  # seconds; an access token lives twice as long


@dataclass(frozen=True)
class Change:
    """One wish of the Owner's. Not `answered`: the answer was lost, and it was left at that."""

    role: str
    reason: str
    answered: bool


@dataclass
class Firm:
    """Ada, who gives roles, and the people she gives them to."""

    ada: Visitor
    company: str
    organization: str
    members: dict[str, Visitor]
    chance: random.Random
    changes: dict[str, list[Change]] = field(default_factory=dict)
    possible: dict[str, set[str]] = field(default_factory=dict)
    logged_in: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def path(self) -> str:
        return f"/org-rbac/v1/organizations/{self.organization}/members"

    async def stay_logged_in(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self.logged_in > FRESH:
            body = {"email": self.ada.email, "password": self.ada.password}
            given = await insist(self.ada, "POST", "/identity/v1/sessions", body)
            self.ada.token, self.logged_in = given.json()["access_token"], now

    async def change(self, user_id: str) -> None:
        """Give a member a role they cannot have yet, so that this is one change and one event."""
        mine, held = self.changes[user_id], self.possible[user_id]
        role = self.chance.choice([each for each in ROLES if each not in held])
        body = {"role": role, "reason": f"change {len(mine)}"}
        ask = (self.ada, "PUT", f"{self.path}/{user_id}/role", body)
        # Asked again, or left in the dark: never twice in a row, or no third role is left.
        stubborn = len(held) > 1 or self.chance.random() < 0.5
        answer = await (insist(*ask) if stubborn else try_once(*ask))
        assert answer is None or answer.status_code == 204, answer.text
        mine.append(Change(role, body["reason"], answered=answer is not None))
        self.possible[user_id] = {role} if answer is not None else held | {role}

    async def changes_of_a_point(self) -> None:
        async def some(user_id: str) -> None:
            for _ in range(CHANGES_PER_POINT // MEMBERS):
                await self.change(user_id)

        await asyncio.gather(*(some(user_id) for user_id in self.members))


async def a_firm(house: LocalHouse, http: httpx.AsyncClient, seed: int) -> Firm:
    def somebody() -> Visitor:
        return Visitor(house.url, http, house.stack.mail_url or "")

    ada, *others = await asyncio.gather(*(somebody().arrive() for _ in range(MEMBERS + 1)))
    company = await ada.found_company()
    organization = await ada.open_organization(company)
    for other in others:
        given = [{"organization_id": organization, "role": "member"}]
        await ada.invite(company, other, roles=given)
    firm = Firm(ada, company, organization, {o.user_id: o for o in others}, random.Random(seed))  # noqa: S311 - has to be repeatable
    firm.changes = {user_id: [] for user_id in firm.members}
    firm.possible = {user_id: {"member"} for user_id in firm.members}
    return firm


@pytest.mark.req("PLAT-11", part="role changes from org-rbac to the audit log")
@pytest.mark.req("PLAT-45", part="identity, org-rbac, audit-log, PostgreSQL and Kafka")
@pytest.mark.timeout(300 + 15 * int(os.environ.get("CRASHES", "25")))
async def test_role_changes_outlive_the_death_of_everything(
    folder: Path, points: int, seed: int, progress: Progress
) -> None:
    running = running_house(
        folder, progress=progress, now=utc_now(), apart=SERVICES, only=SERVICES, fast=True
    )
    async with running as house, httpx.AsyncClient(timeout=60, trust_env=False) as http:
        firm = await a_firm(house, http, seed)
        crashes = Crashes([victim(house, name) for name in VICTIMS], seed, progress)

        for _ in range(share_of_roles(points)):
            await firm.stay_logged_in()
            strike = await crashes.point(WITHIN)
            await asyncio.gather(strike(), firm.changes_of_a_point())
        await crashes.all_back()

        # From here, not from the kill: how long a program takes to start is the machine's affair.
        await everything_recovers(house, firm, asyncio.get_running_loop().time() + RECOVERY)
        said = first_of_each(await events(house, MemberRoleChanged))
        each_member_has_the_changes_that_were_answered(firm, said)
        await the_audit_log_holds_each_once_and_in_order(firm, said)
        await members_have_the_role_of_their_last_change(firm, said)
        await every_change_revoked_what_was_remembered(house, said)
        await a_revocation_arrives(firm)
        assert await set_aside(house, *SERVICES) == 0


async def everything_recovers(house: LocalHouse, firm: Firm, deadline: float) -> None:
    async def all_recorded() -> bool:
        newest = await firm.ada.get(f"{history(firm)}?limit=1")
        return bool(newest["items"][0]["reason"] == "the last one")

    await until(deadline, lambda: all_ready(house), says="something is not ready")
    for user_id in firm.members:
        body = {"role": await a_new_role(firm, user_id), "reason": "the last one"}
        await firm.ada.ask("PUT", f"{firm.path}/{user_id}/role", body, expect=204)
        firm.changes[user_id].append(Change(body["role"], body["reason"], answered=True))
    await until(deadline, lambda: nothing_waits(house), says="an outbox is not empty")
    await until(deadline, all_recorded, says="the audit log lags behind")


async def a_new_role(firm: Firm, user_id: str) -> str:
    listed = await firm.ada.get(firm.path)
    held = {member["user_id"]: member["role"] for member in listed["items"]}
    return next(role for role in ROLES if role != held[user_id])


def each_member_has_the_changes_that_were_answered(
    firm: Firm, said: list[Envelope[MemberRoleChanged]]
) -> None:
    """Of a lost answer's change both is fine: that it was made, and that it was not."""
    for user_id, changes in firm.changes.items():
        theirs = [message for message in said if str(message.data.user_id) == user_id]
        made = {message.reason for message in theirs}
        expected = [c for c in changes if c.answered or c.reason in made]
        assert [(m.reason, m.data.after) for m in theirs] == [
            (c.reason, {"role": c.role}) for c in expected
        ]
        versions = [message.version or 0 for message in theirs]
        assert versions == list(range(versions[0], versions[0] + len(versions)))
        assert [m.data.before for m in theirs[1:]] == [m.data.after for m in theirs[:-1]]


async def the_audit_log_holds_each_once_and_in_order(
    firm: Firm, said: list[Envelope[MemberRoleChanged]]
) -> None:
    entries = sorted(await whole_history(firm), key=lambda entry: int(entry["sequence"]))

    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    recorded = [e["event_id"] for e in entries if e["action"] == "member.role_changed"]
    assert recorded == [str(message.id) for message in said]


async def whole_history(firm: Firm) -> list[dict[str, Any]]:
    page = await firm.ada.get(f"{history(firm)}?limit=200")
    entries = list(page["items"])
    while page["next_cursor"]:
        page = await firm.ada.get(f"{history(firm)}?limit=200&cursor={page['next_cursor']}")
        entries += page["items"]
    return entries


def history(firm: Firm) -> str:
    return f"/audit-log/v1/companies/{firm.company}/entries"


async def members_have_the_role_of_their_last_change(
    firm: Firm, said: list[Envelope[MemberRoleChanged]]
) -> None:
    last = {str(message.data.user_id): (message.data.after or {})["role"] for message in said}

    listed = await firm.ada.get(firm.path)

    held = {member["user_id"]: member["role"] for member in listed["items"]}
    assert {user_id: held[user_id] for user_id in firm.members} == last


async def every_change_revoked_what_was_remembered(
    house: LocalHouse, said: list[Envelope[MemberRoleChanged]]
) -> None:
    revoked = first_of_each(await events(house, AccessRevoked))

    of_requests = {(m.origin.request_id, m.data.user_ids) for m in revoked}
    assert {(m.origin.request_id, (m.data.user_id,)) for m in said} <= of_requests


async def a_revocation_arrives(firm: Firm) -> None:
    """What audit-log's api remembers of a member is forgotten within a second."""
    user_id, member = next(iter(firm.members.items()))
    path = f"/audit-log/v1/organizations/{firm.organization}/entries"
    await member.log_in()
    await firm.ada.ask("PUT", f"{firm.path}/{user_id}/role", {"role": "admin"}, expect=204)
    now = asyncio.get_running_loop().time

    await until(now() + 5, answers(member, path, 200), says="an Admin may not read")
    await firm.ada.ask("PUT", f"{firm.path}/{user_id}/role", {"role": "member"}, expect=204)

    await until(now() + 1, answers(member, path, 403), says="a Member may still read")


def answers(visitor: Visitor, path: str, status: int) -> Callable[[], Any]:
    async def check() -> bool:
        return (await visitor.ask("GET", path)).status_code == status

    return check
