"""What becomes of the bills of a registered Azure or Google Cloud account."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.ingestion.clouds import CloudCustomer

ENDED = {"done", "partial", "failed", "cancelled"}


@dataclass
class Collected:
    """The imports of a customer's one billing source."""

    customer: CloudCustomer
    source: str

    async def ask_for(self, month: str) -> None:
        """Somebody wants a month (2026-10), now."""
        path = f"{self.customer.root}/billing-sources/{self.source}/imports"
        await self.customer.owner.post(path, {"period": month}, expect=202)

    async def ended(self, count: int) -> list[dict[str, Any]]:
        """All imports, newest first, once `count` have ended."""
        for _ in range(600):
            found = (await self.customer.owner.get(f"{self.customer.root}/imports"))["items"]
            if len([each for each in found if each["state"] in ENDED]) >= count:
                return list(found)
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {count} imports ended: {found}")

    async def files(self, import_id: str) -> list[dict[str, Any]]:
        """The ledger of an import."""
        shown = await self.customer.owner.get(f"{self.customer.root}/imports/{import_id}")
        return list(shown["files"])

    async def cost(self, start: str, end: str) -> Decimal:
        """The effective cost of the days from `start` to before `end`."""
        path = f"{self.customer.root}/costs?start={start}&end={end}"
        return Decimal((await self.customer.owner.get(path))["totals"][0]["amount"])


async def collected(customer: CloudCustomer, body: dict[str, Any]) -> Collected:
    """Register, and hold what is collected from then on."""
    made = (await customer.register(body)).json()
    assert made["connection"]["status"] == "healthy", made
    return Collected(customer, (await customer.source())["id"])
