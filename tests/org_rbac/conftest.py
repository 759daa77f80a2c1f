"""A company with people in different places of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from finops_sandbox.visitor import Visitor

Arrive = Callable[..., Awaitable[Visitor]]


@dataclass
class Firm:
    """Ada owns the company; Bob is Admin, Cem Read & Write, Dee Member of one organization."""

    company: str
    platform: str
    payments: str
    ada: Visitor
    bob: Visitor
    cem: Visitor
    dee: Visitor

    @property
    def members(self) -> str:
        return f"/org-rbac/v1/organizations/{self.platform}/members"

    @property
    def company_members(self) -> str:
        return f"/org-rbac/v1/companies/{self.company}/members"


@pytest.fixture
async def firm(arrive: Arrive) -> Firm:
    ada, bob, cem, dee = await asyncio.gather(
        *(arrive(name=name) for name in ("Ada", "Bob", "Cem", "Dee"))
    )
    company = await ada.found_company()
    platform = await ada.open_organization(company, "Platform")
    payments = await ada.open_organization(company, "Payments")
    for guest, role in ((bob, "admin"), (cem, "read_write"), (dee, "member")):
        await ada.invite(company, guest, roles=[{"organization_id": platform, "role": role}])
    firm = Firm(company, platform, payments, ada, bob, cem, dee)
    # Names come by events: the list is whole once Ada's has come too.
    for _ in range(200):
        if {m["name"] for m in (await ada.get(firm.members))["items"]} == {
            "Ada",
            "Bob",
            "Cem",
            "Dee",
        }:
            return firm
        await asyncio.sleep(0.05)
    raise AssertionError("names did not arrive")
