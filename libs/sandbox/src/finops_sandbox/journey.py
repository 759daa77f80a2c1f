"""The whole product in one story, told through the gateway: `make demo`, and a test.

Every step checks what a customer would; figures are compared with the simulated world's own
books, which share no code with the product.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from finops_sandbox.customer import Customer
from finops_sandbox.local import LocalHouse
from finops_sandbox.visitor import UnexpectedAnswerError, Visitor
from finops_sandbox.world.books import Measures, books
from finops_sandbox.world.model import month_start, next_month

Say = Callable[[str], None]
CENT = Decimal("0.01")
MONTHS = 3


@dataclass
class Journey:
    """Ada's story; `seconds` keeps what was timed on the way."""

    house: LocalHouse
    customer: Customer
    http: httpx.AsyncClient
    say: Say
    seconds: dict[str, float] = field(default_factory=dict)
    company: str = ""
    organization: str = ""
    account: str = ""

    def __post_init__(self) -> None:
        self.ada = self._visitor("Ada Lovelace")
        self.bob = self._visitor("Bob Member")
        self.eve = self._visitor("Eve Stranger")

    async def tell(self) -> None:
        """From signing up to the audit log; raises at the first step that is not as it should be."""
        await self.people()
        await self.connect()
        await self.first_import()
        await self.restated()
        await self.plan()
        await self.sealed()
        await self.removed()
        await self.audited()

    async def people(self) -> None:
        await self.ada.arrive()
        self.say(f"{self.ada.name} signed up, opened the mailed link and logged in")
        self.company = await self.ada.found_company("Hanbit Games")
        self.organization = await self.ada.open_organization(self.company, "Platform")
        self.say("she founded Hanbit Games and opened the organization Platform")
        await self.bob.arrive()
        roles = [{"organization_id": self.organization, "role": "member"}]
        await self.ada.invite(self.company, self.bob, roles=roles)
        await self.eve.arrive()
        self.say(f"{self.bob.name} was invited and joined as Member")

    async def connect(self) -> None:
        """A stack with a wrong ExternalId first: the answer names the cause."""
        await self._bills_so_far()
        aws = self._path("ingestion", "aws")
        stack = await self.ada.get(f"{aws}/stack?export_bucket={self.customer.bucket}")
        template = (
            await self.ada.ask(
                "GET", f"{aws}/template?export_bucket={self.customer.bucket}", expect=200
            )
        ).text
        await self.customer.run_stack(template, {"ExternalId": "not-the-one-we-were-given"})
        body = {
            "provider": "AWS",
            "account_id": self.customer.world.payer.id,
            "name": "Hanbit payer",
        }
        registered = await self.ada.post(self._path("ingestion", "cloud-accounts"), body)
        self.account = registered["id"]
        cause = registered["connection"]["cause"]
        self.say(f"she ran the stack with a wrong ExternalId; the answer names the cause: {cause}")
        _need(cause == "external_id_wrong", f"cause is {cause}")
        await self.customer.run_stack(template, {"ExternalId": stack["external_id"]})
        # It would be noticed within minutes; who is in a hurry asks.
        checks = self._path("ingestion", f"cloud-accounts/{self.account}/checks")
        checked = await self.ada.post(checks, expect=200)
        _need(checked["status"] == "healthy", f"connection is {checked}")
        found = await self._account()
        _need(found["payer_account_id"] == self.customer.world.payer.id, "the payer is not known")
        self.say("with the right one the connection is healthy, every right granted or named")

    async def first_import(self) -> None:
        """The months so far, the open one as it was a revision ago."""
        open_month = self._restated_month()
        earlier = self.customer.revisions(open_month)[-2]
        started = time.monotonic()
        await self._look()
        periods = {month.isoformat() for month in self.customer.world.months[-MONTHS:]}
        await self._until(self._imports, lambda found: periods <= _done(found), 120)
        self.seconds["first import"] = time.monotonic() - started
        self.say(f"{len(periods)} months imported in {self.seconds['first import']:.0f} s")
        await self._equal_books({open_month: earlier})
        self.say("coverage, utilization and savings equal the world's books to the cent")

    async def restated(self) -> None:
        """AWS delivers the open month anew: figures are replaced, not added."""
        open_month = self._restated_month()
        newest = self.customer.revisions(open_month)[-1]
        before = len(_of(await self._imports(), open_month))
        await self.customer.publish_revision(open_month, newest)
        await self._look()
        await self._until(self._imports, lambda found: len(_of(found, open_month)) > before, 60)
        await self._equal_books({open_month: newest})
        self.say("the open month was restated: its figures were replaced, not added")

    async def plan(self) -> None:
        subscriptions = f"/billing/v1/companies/{self.company}/subscriptions"
        trial = await self.ada.post(subscriptions, {"edition": "trial"})
        activations = self._path("autosavings", "activations")
        await self._until_answered(
            lambda: self.ada.ask("POST", activations, {"cloud_account_id": self.account}),
            {200, 201},
        )
        await self._until(
            lambda: self.ada.get(self._path("commitments", "recommendations")),
            lambda found: found["items"],
            60,
        )
        made = await self.ada.post(self._path("autosavings", "plans"), {})
        _need(made["mode"] == "dry_run", f"mode is {made['mode']}")
        self.plan_id = made["id"]
        self.say(
            f"on a {trial['edition']} until {trial['trial_ends_at'][:10]} autosavings made a plan:"
            f" {made['item_count']} item(s), {made['totals']['monthly_savings']} {made['currency']}"
            f" a month saved, state {made['state']}"
        )

    async def sealed(self) -> None:
        """The Member may read and may not plan; a stranger sees nothing."""
        coverage = self._path("commitments", "coverage")
        plans = self._path("autosavings", "plans")
        await self.bob.ask("GET", coverage, expect=200)
        await self.bob.ask("GET", f"{plans}/{self.plan_id}", expect=200)
        await self.bob.ask("POST", plans, {}, expect=403)
        for path in (coverage, plans, self._path("ingestion", "cloud-accounts")):
            await self.eve.ask("GET", path, expect=404)
        self.say("the Member reads and may not plan (403); a stranger sees nothing (404)")

    async def removed(self) -> None:
        """Out of the organization, and logged out: refused everywhere within a second."""
        paths = [
            self._path("commitments", "coverage"),
            self._path("ingestion", "cloud-accounts"),
            self._path("autosavings", "plans"),
        ]
        members = self._path("org-rbac", "members")
        await self.ada.ask("DELETE", f"{members}/{self.bob.user_id}", expect=204)
        started = time.monotonic()
        for path in paths:
            await self._until_answered(lambda path=path: self.bob.ask("GET", path), {404})
        self.seconds["removal"] = time.monotonic() - started
        mine = ["/identity/v1/me", "/org-rbac/v1/me/access", "/audit-log/v1/me/activity"]
        await self.bob.ask("DELETE", "/identity/v1/sessions/current", expect=204)
        started = time.monotonic()
        for path in mine:
            await self._until_answered(lambda path=path: self.bob.ask("GET", path), {401})
        self.seconds["log-out"] = time.monotonic() - started
        _need(max(self.seconds["removal"], self.seconds["log-out"]) < 1, f"took {self.seconds}")
        self.say(
            f"the Member was removed and refused everywhere after {self.seconds['removal']:.2f} s,"
            f" logged out after {self.seconds['log-out']:.2f} s"
        )

    async def audited(self) -> None:
        """It tells it all, in order, within two seconds."""
        started = time.monotonic()
        company = f"/audit-log/v1/companies/{self.company}/entries?limit=200"
        told = await self._until(
            lambda: self.ada.get(company), lambda found: "member.removed" in _actions(found), 5
        )
        self.seconds["audit"] = time.monotonic() - started
        order = [
            "company.created",
            "organization.created",
            "invitation.accepted",
            "plan.made",
            "member.removed",
        ]
        actions = _actions(told)[::-1]
        places = [actions.index(action) for action in order]
        _need(places == sorted(places), f"out of order: {actions}")
        _need(self.seconds["audit"] < 2, f"visible after {self.seconds['audit']:.1f} s")
        self.say(
            f"the audit log tells it in order: {len(actions)} entries, {', '.join(order)} among them"
        )

    async def _equal_books(self, revisions: dict[date, int]) -> None:
        """Each month's figures against the books of the revision that was delivered."""
        for month in self.customer.world.months[-MONTHS:]:
            kept = await asyncio.to_thread(books, self.customer.world, month, revisions.get(month))
            await self._until(
                partial(self._figures, month), partial(_same, expected=kept.payer), 60
            )

    async def _figures(self, month: date) -> dict[str, Any]:
        span = f"since={_instant(month)}&until={_instant(next_month(month))}"
        savings = await self.ada.get(self._path("commitments", f"savings?{span}"))
        coverage = await self.ada.get(self._path("commitments", f"coverage?{span}"))
        utilization = await self.ada.get(self._path("commitments", f"utilization?{span}"))
        merged: dict[str, Any] = {}
        for report in (utilization, coverage, savings):
            merged |= report["totals"][0] if report["totals"] else {}
        return merged

    async def _account(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.ada.get(
            self._path("ingestion", f"cloud-accounts/{self.account}")
        )
        return found

    async def _imports(self) -> list[dict[str, Any]]:
        found = await self.ada.get(self._path("ingestion", "imports?limit=100"))
        items: list[dict[str, Any]] = found["items"]
        for each in items:
            if each["state"] in {"failed", "refused"}:
                raise UnexpectedAnswerError(f"import failed: {each}")
        return items

    async def _bills_so_far(self) -> None:
        """What lies in the customer's bucket when they come: one month as it was a delivery ago."""
        behind = self._restated_month()
        for month in self.customer.world.months[-MONTHS:]:
            newest = self.customer.revisions(month)[-1]
            await self.customer.publish_revision(month, newest - (month == behind))

    def _restated_month(self) -> date:
        """The newest month that AWS has delivered twice: on a first day, the month before."""
        twice = [m for m in self.customer.world.months if len(self.customer.revisions(m)) > 1]
        return twice[-1]

    async def _look(self) -> None:
        """Ask for the months now instead of waiting for the hourly look."""
        sources = await self._until(
            lambda: self.ada.get(self._path("ingestion", "billing-sources")),
            lambda found: found["items"],
        )
        source = sources["items"][0]["id"]
        for wanted in self.customer.world.months[-MONTHS:]:
            path = self._path("ingestion", f"billing-sources/{source}/imports")
            await self.ada.post(path, {"period": f"{wanted:%Y-%m}"}, expect=202)

    async def _until(self, ask: Any, good: Callable[[Any], Any], seconds: float = 30) -> Any:
        until = time.monotonic() + seconds
        while True:
            found = await ask()
            if good(found):
                return found
            if time.monotonic() > until:
                raise UnexpectedAnswerError(
                    f"not within {seconds:.0f} s; last: {str(found)[:1500]}"
                )
            await asyncio.sleep(0.2)

    async def _until_answered(self, ask: Any, statuses: set[int]) -> None:
        answer: httpx.Response | None = None
        until = time.monotonic() + 5
        while time.monotonic() < until:
            answer = await ask()
            if answer.status_code in statuses:
                return
            await asyncio.sleep(0.02)
        raise UnexpectedAnswerError(f"never answered {statuses}: {answer and answer.text[:600]}")

    def _path(self, service: str, rest: str) -> str:
        return f"/{service}/v1/organizations/{self.organization}/{rest}"

    def _visitor(self, name: str) -> Visitor:
        return Visitor(self.house.url, self.http, self.house.stack.mail_url or "", name=name)


def _done(imports: list[dict[str, Any]]) -> set[str]:
    return {each["period"] for each in imports if each["state"] in {"done", "partial"}}


def _of(imports: list[dict[str, Any]], month: date) -> list[dict[str, Any]]:
    return [
        each
        for each in imports
        if each["period"] == month.isoformat() and each["state"] in {"done", "partial"}
    ]


def _actions(found: dict[str, Any]) -> list[str]:
    return [entry["action"] for entry in found["items"]]


def _same(found: dict[str, Any], expected: Measures) -> bool:
    """Every figure that both have, to the cent; percentages to six places."""
    pairs = {
        "on_demand_equivalent": expected.on_demand_equivalent,
        "on_demand_cost": expected.on_demand_cost,
        "amortised_cost": expected.amortised_cost,
        "used": expected.used_commitment,
        "unused": expected.unused_commitment,
        "net_savings": expected.net_savings,
    }
    for name, value in pairs.items():
        if found.get(name) is None or abs(Decimal(found[name]) - value) >= CENT:
            return False
    share = expected.coverage_percent or Decimal(0)
    return abs(Decimal(found["coverage_percent"]) - share) < Decimal("1e-6")


def _instant(month: date) -> str:
    return month_start(month).isoformat().replace("+00:00", "Z")


def _need(fine: bool, why: str) -> None:
    if not fine:
        raise UnexpectedAnswerError(why)
