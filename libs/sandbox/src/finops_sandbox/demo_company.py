"""The demo company of `make run`: made once, its clouds connected, its months imported."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from finops_sandbox.chart import stacked_days
from finops_sandbox.customer import Customer
from finops_sandbox.local import LocalHouse
from finops_sandbox.visitor import UnexpectedAnswerError, Visitor

EMAIL = "demo@hanbit.example"
NAME = "Hanbit Games"
FIRST_MONTHS = 2
"""Imported before the table is shown; older ones follow while it runs."""


@dataclass
class DemoCompany:
    """Acts through the gateway as the demo's Owner; loading it again changes nothing."""

    house: LocalHouse
    customer: Customer
    http: httpx.AsyncClient

    def __post_init__(self) -> None:
        self._caught_up = False
        self.owner = Visitor(
            self.house.url,
            self.http,
            self.house.stack.mail_url or "",
            name="Demo Owner",
            email=EMAIL,
        )

    async def load(self) -> None:
        """Sign up or log in; the newest months are imported, unless they were last time."""
        await self._enter()
        if not await self._knows(FIRST_MONTHS):
            await self._catch_up()

    async def load_history(self) -> None:
        """The older months, oldest last, while everything already runs."""
        if not self._caught_up:
            await self._catch_up()
        total = len(self.customer.world.months)
        for months in range(FIRST_MONTHS + 1, total + 1):
            await self.customer.publish_revision(
                self.customer.world.months[-months],
                self.customer.revisions(self.customer.world.months[-months])[-1],
            )
            await self._import(months)

    async def table(self) -> list[str]:
        """Coverage, utilization, savings and the newest plan, as lines."""
        month = self.customer.world.months[-FIRST_MONTHS].isoformat() + "T00:00:00Z"
        coverage = (
            await self._get(f"commitments/v1/{self._tenant}/coverage?since={month}&by=month")
        )["rows"]
        used = (
            await self._get(f"commitments/v1/{self._tenant}/utilization?since={month}&by=month")
        )["rows"]
        saved = (await self._get(f"commitments/v1/{self._tenant}/savings?since={month}&by=month"))[
            "rows"
        ]
        lines = [f"{'month':10}{'coverage':>12}{'utilization':>14}{'net savings':>16}"]
        for row in coverage:
            at = row["period_start"]
            lines.append(
                f"{at[:7]:10}{_percent(row['coverage_percent']):>12}"
                f"{_percent(_at(used, at).get('utilization_percent')):>14}"
                f"{_money(_at(saved, at).get('net_savings')):>12} {row['currency']}"
            )
        plan = await self._plan()
        lines.append(
            f"plan       {plan['item_count']} item(s), state {plan['state']}:"
            f" {_money(plan['totals']['monthly_savings'])} {plan['currency']} a month"
        )
        return lines

    async def chart(self) -> str:
        """Covered and uncovered eligible usage by day, as an SVG picture."""
        month = self.customer.world.months[-FIRST_MONTHS].isoformat() + "T00:00:00Z"
        report = await self._get(f"commitments/v1/{self._tenant}/coverage?since={month}&by=day")
        days = [
            (
                row["period_start"][:10],
                Decimal(row["covered"] or 0),
                Decimal(row["on_demand_cost"] or 0),
            )
            for row in report["rows"]
        ]
        return stacked_days(f"{NAME}: eligible usage by day, USD", days)

    @property
    def _tenant(self) -> str:
        return f"organizations/{self.organization}"

    async def _enter(self) -> None:
        try:
            await self.owner.log_in()
        except UnexpectedAnswerError:  # nobody has signed up yet
            await self.owner.arrive()
        mine = await self._get("org-rbac/v1/me/access")
        company = (
            mine["companies"][0]["id"]
            if mine["companies"]
            else await self.owner.found_company(NAME)
        )
        found = mine["companies"][0]["organizations"] if mine["companies"] else []
        self.organization = found[0]["id"] if found else await self.owner.open_organization(company)
        subscriptions = f"/billing/v1/companies/{company}/subscriptions"
        # Refused when there has been one: a company has one trial.
        await self.owner.ask("POST", subscriptions, {"edition": "trial"})

    async def _catch_up(self) -> None:
        """Connect the simulated payer and import the newest months."""
        await self.customer.publish(FIRST_MONTHS)
        await self._connect()
        await self._import(FIRST_MONTHS)
        self._caught_up = True

    async def _knows(self, months: int) -> bool:
        """Whether each of the last `months` has a revision already."""
        sources = (await self._get(f"ingestion/v1/{self._tenant}/billing-sources"))["items"]
        if not sources:
            return False
        base = f"ingestion/v1/{self._tenant}/billing-sources/{sources[0]['id']}"
        found = (await self._get(f"{base}/periods"))["items"]
        return self._wanted(months) <= {p["period"][:7] for p in found if p["finality"]}

    def _wanted(self, months: int) -> set[str]:
        return {f"{month:%Y-%m}" for month in self.customer.world.months[-months:]}

    async def _connect(self) -> None:
        """Run our stack anew (the simulator forgets it) and register, or check, the payer."""
        aws = f"/ingestion/v1/{self._tenant}/aws"
        query = f"export_bucket={self.customer.bucket}"
        stack = (await self.owner.ask("GET", f"{aws}/stack?{query}", expect=200)).json()
        template = (await self.owner.ask("GET", f"{aws}/template?{query}", expect=200)).text
        await self.customer.run_stack(template, {"ExternalId": stack["external_id"]})
        accounts = f"/ingestion/v1/{self._tenant}/cloud-accounts"
        payer = self.customer.world.payer.id
        listed = (await self.owner.ask("GET", f"{accounts}?limit=200", expect=200)).json()["items"]
        known = [each for each in listed if each["account_id"] == payer]
        body = {"provider": "AWS", "account_id": payer, "name": f"{NAME} payer"}
        account = known[0] if known else await self.owner.post(accounts, body)
        await self.owner.ask("POST", f"{accounts}/{account['id']}/checks", expect=200)
        activation = {"cloud_account_id": account["id"]}
        await self.owner.ask("POST", f"/autosavings/v1/{self._tenant}/activations", activation)

    async def _import(self, months: int) -> None:
        """Ask for the last `months` and wait until each has a revision."""
        sources = await self._until(
            lambda: self._get(f"ingestion/v1/{self._tenant}/billing-sources"),
            lambda found: found["items"],
        )
        base = f"/ingestion/v1/{self._tenant}/billing-sources/{sources['items'][0]['id']}"
        wanted = self._wanted(months)
        for month in sorted(wanted, reverse=True):
            await self.owner.ask("POST", f"{base}/imports", {"period": month}, expect=202)
        await self._until(
            lambda: self._get(f"{base[1:]}/periods"),
            lambda found: wanted <= {p["period"][:7] for p in found["items"] if p["finality"]},
        )

    async def _plan(self) -> dict[str, Any]:
        plans = f"autosavings/v1/{self._tenant}/plans"
        made = await self._get(f"{plans}?limit=1")
        if made["items"]:
            newest: dict[str, Any] = made["items"][0]
            return newest
        advice = f"commitments/v1/{self._tenant}/recommendations"
        await self._until(lambda: self._get(advice), lambda found: found["items"])
        plan: dict[str, Any] = await self.owner.post(f"/{plans}", {})
        return plan

    async def _get(self, path: str) -> Any:
        return await self.owner.get(f"/{path}")

    async def _until(
        self, ask: Callable[[], Awaitable[Any]], good: Callable[[Any], Any], seconds: float = 120
    ) -> Any:
        until = time.monotonic() + seconds
        while not good(found := await ask()):
            if time.monotonic() > until:
                raise UnexpectedAnswerError(f"not within {seconds:.0f} s: {str(found)[:600]}")
            await asyncio.sleep(0.3)
        return found


def _at(rows: list[dict[str, Any]], start: str) -> dict[str, Any]:
    return next((row for row in rows if row["period_start"] == start), {})


def _percent(value: str | None) -> str:
    return "-" if value is None else f"{Decimal(value):.1f} %"


def _money(value: str | None) -> str:
    return "-" if value is None else f"{Decimal(value):,.2f}"
