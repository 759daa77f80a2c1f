"""Versions of cost groups in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.costs.groups.documents import document_of, groups_from
from finops_ingestion.costs.groups.domain import CostGroups, CostGroupsVersion, Made
from finops_ingestion.costs.groups.tables import cost_group_versions

_c = cost_group_versions.c
_PARTS = ("groups", "rules", "shared")


class CostGroupRepository:
    """The cost groups of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self) -> None:
        """Let changes of this organization's cost groups come one after another."""
        await self._tx.lock("cost groups", self._tx.organization_id)

    async def current(self) -> CostGroupsVersion:
        """The newest version; version 0 where nobody has made any."""
        newest = self._mine().order_by(_c.version.desc()).limit(1)
        row = await self._tx.one_or_none(newest)
        return CostGroupsVersion() if row is None else _version(row)

    async def get(self, version: int) -> CostGroupsVersion:
        """Raises NotFound."""
        row = await self._tx.one_or_none(self._mine().where(_c.version == version))
        if row is None:
            raise NotFound
        return _version(row)

    async def page(self, request: PageRequest) -> Page[Made]:
        sizes = (func.jsonb_array_length(_c.body[name]).label(name) for name in _PARTS)
        found = select(_c.version, *sizes, _c.changed_by, _c.changed_at)
        return await read_page(
            self._tx,
            found.where(_c.organization_id == self._tx.organization_id),
            request,
            sortable={"version": _c.version},
            default="-version",
            unique=_c.version,
            make=_made,
        )

    async def add(self, version: int, document: CostGroups, by: UUID) -> CostGroupsVersion:
        row = insert(cost_group_versions).values(
            organization_id=self._tx.organization_id,
            version=version,
            company_id=self._tx.company_id,
            body=document_of(document),
            changed_by=by,
            changed_at=self._tx.now,
        )
        await self._tx.execute(row)
        return CostGroupsVersion(version, document, by, self._tx.now)

    def _mine(self) -> Select[Any]:
        found = select(_c.version, _c.body, _c.changed_by, _c.changed_at)
        return found.where(_c.organization_id == self._tx.organization_id)


def _made(row: Row[Any]) -> Made:
    return Made(row.version, row.groups, row.rules, row.shared, row.changed_by, row.changed_at)


def _version(row: Row[Any]) -> CostGroupsVersion:
    return CostGroupsVersion(row.version, groups_from(row.body), row.changed_by, row.changed_at)
