"""A company whose people save things, asked as a frontend would."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from tests.ingestion.conftest import Customer

from finops_sandbox.visitor import Visitor

Arrive = Callable[..., Awaitable[Visitor]]


class Desk:
    """What a customer's people have saved under one noun."""

    def __init__(self, customer: Customer, noun: str = "saved-queries") -> None:
        self.customer, self.owner = customer, customer.owner
        self.root = f"/ingestion/v1/organizations/{customer.organization}"
        self.path = f"{self.root}/{noun}"

    async def colleague(self, arrive: Arrive, role: str = "member") -> Visitor:
        guest = await arrive()
        roles = [{"organization_id": self.customer.organization, "role": role}]
        await self.owner.invite(self.customer.company, guest, roles=roles)
        return guest

    async def ask(
        self,
        method: str,
        path: str = "",
        body: object = None,
        by: Visitor | None = None,
        **headers: str,
    ) -> httpx.Response:
        return await (by or self.owner).ask(method, f"{self.path}{path}", body, **headers)

    async def saved(self, body: object, by: Visitor | None = None) -> Any:  # noqa: ANN401 - JSON
        answer = await self.ask("POST", body=body, by=by)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def names(self, by: Visitor | None = None) -> list[str]:
        found = (await self.ask("GET", by=by)).json()
        return [each["name"] for each in found["items"]]

    async def wrong(self, body: object) -> set[str]:
        """The fields that are refused."""
        answer = await self.ask("POST", body=body)
        assert answer.status_code == 422, answer.text
        return {each["field"] for each in answer.json()["errors"]}


def a_query(name: str = "Services", *, shared: bool = False, **question: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A draft; `question` changes what it asks."""
    asked = {"days": {"kind": "last_days", "count": 30}, "by": ["service"], **question}
    return {"name": name, "shared": shared, "question": asked}
