"""Plans in PostgreSQL."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import insert

from finops_autosavings.plans.domain import Content, Plan, document
from finops_autosavings.plans.tables import plans
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page

_c = plans.c
_COLUMNS = (_c.id, _c.origin, _c.slot, _c.content, _c.content_hash, _c.made_at, _c.requested_by)
_CONTENT = TypeAdapter(Content)


class PlanRepository:
    """The plans of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self, plan_id: UUID) -> Plan | None:
        row = await self._tx.one_or_none(self._mine().where(_c.id == plan_id))
        return None if row is None else _made(row)

    async def get(self, plan_id: UUID) -> Plan:
        """Raises NotFound."""
        found = await self.find(plan_id)
        if found is None:
            raise NotFound
        return found

    async def find_newest_before(self, moment: datetime) -> Plan | None:
        """The last one made before `moment`."""
        earlier = self._mine().where(_c.made_at < moment)
        row = await self._tx.one_or_none(earlier.order_by(_c.made_at.desc(), _c.id.desc()).limit(1))
        return None if row is None else _made(row)

    async def page(self, request: PageRequest) -> Page[Plan]:
        return await read_page(
            self._tx,
            self._mine(),
            request,
            sortable={"made_at": _c.made_at},
            default="-made_at",
            unique=_c.id,
            make=_made,
        )

    async def add(self, plan: Plan) -> bool:
        """Keep it; False when there is one with its id or for its slot already."""
        row = insert(plans).values(
            organization_id=self._tx.organization_id,
            id=plan.id,
            company_id=self._tx.company_id,
            origin=plan.origin,
            slot=plan.slot,
            state=plan.content.state,
            content=document(plan.content),
            content_hash=plan.content_hash,
            policy_version=plan.content.policy_version,
            made_at=plan.made_at,
            requested_by=plan.requested_by,
        )
        return await self._tx.execute(row.on_conflict_do_nothing()) == 1

    def _mine(self) -> Select[Any]:
        return select(*_COLUMNS).where(_c.organization_id == self._tx.organization_id)


def _made(row: Row[Any]) -> Plan:
    known = row._mapping
    values = {column.name: known[column.name] for column in _COLUMNS}
    values["content"] = _CONTENT.validate_python(row.content)
    return Plan(**values)
