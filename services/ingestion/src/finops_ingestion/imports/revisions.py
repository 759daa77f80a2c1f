"""Revisions that stand, for other services: listed, and their records part by part."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
from sqlalchemy import Row

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.blobs import BlobMissingError, Blobs
from finops_common.contracts.ingestion import Finality, OrganizationShare
from finops_common.contracts.ingestion_queries import StandingRevision
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.errors.problem import NotFound
from finops_ingestion.bills.hourly import arrow_stream
from finops_ingestion.imports.repository import current_shares, standing_revisions
from finops_ingestion.imports.tables import revisions, shares


@dataclass(frozen=True)
class Pinned:
    """An organization's share of a revision that stood at one instant, with its files by name."""

    billing_source_id: UUID
    period: date
    finality: Finality
    as_of: datetime
    files: Mapping[str, str]


class RevisionService:
    """Answers from committed revisions only."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def pin(
        self, caller: Caller, start: date, last: date, sources: Sequence[UUID] = ()
    ) -> list[Pinned]:
        """What stands now of the organization's months from `start`'s to `last`'s.

        `sources`, if any are named, leaves out all other billing sources.
        """
        asked = current_shares().where(
            shares.c.period >= start.replace(day=1), shares.c.period <= last
        )
        if sources:
            asked = asked.where(shares.c.billing_source_id.in_(sources))
        async with self._database.transaction(caller) as tx:
            mine = shares.c.organization_id == tx.organization_id
            rows = await tx.all(asked.where(mine))
        return [_pinned(row) for row in rows]

    async def pin_source(self, source_id: UUID, start: date) -> list[Pinned]:
        """What stands now of a source's months from `start`'s on, whoever's it is."""
        asked = current_shares().where(
            shares.c.billing_source_id == source_id, shares.c.period >= start.replace(day=1)
        )
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            return [_pinned(row) for row in await tx.all(asked)]

    async def list_current(self, company_id: UUID | None) -> list[StandingRevision]:
        """Every revision that stands, oldest period first; of an erased period an empty one."""
        asked = standing_revisions().order_by(
            revisions.c.period, revisions.c.billing_source_id, shares.c.organization_id
        )
        if company_id:
            asked = asked.where(revisions.c.company_id == company_id)
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            rows = await tx.all(asked)
        together: dict[tuple[UUID, date], list[Row[Any]]] = defaultdict(list)
        for row in rows:
            together[row.billing_source_id, row.period].append(row)
        return [_view(found) for found in together.values()]

    async def part(
        self, source_id: UUID, period: date, organization_id: UUID, number: int, revision: int
    ) -> bytes:
        """One part's Arrow stream. Raises NotFound when it does not stand (any more)."""
        asked = current_shares().where(
            shares.c.billing_source_id == source_id,
            shares.c.period == period,
            shares.c.organization_id == organization_id,
            shares.c.revision == revision,
            shares.c.parts > number,
        )
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            row = await tx.one_or_none(asked)
        if row is None or number < 0:
            raise NotFound
        try:
            path = await self._blobs.local(row.files["hourly"])
        except BlobMissingError:
            raise NotFound from None
        return await asyncio.to_thread(_read_part, path, number)


def _read_part(path: Path, number: int) -> bytes:
    with pq.ParquetFile(path) as file:
        return arrow_stream(file.read_row_group(number).combine_chunks().to_batches()[0])


def _pinned(row: Row[Any]) -> Pinned:
    return Pinned(row.billing_source_id, row.period, row.finality, row.as_of, row.files)


def _view(rows: list[Row[Any]]) -> StandingRevision:
    first = rows[0]
    return StandingRevision(
        billing_source_id=first.billing_source_id,
        company_id=first.company_id,
        period=first.period,
        revision=first.revision,
        attempt=first.attempt,
        finality=first.finality,
        as_of=first.as_of,
        parts=first.parts,
        organizations=tuple(
            OrganizationShare(
                organization_id=row.share_organization_id,
                parts=row.share_parts,
                rows=row.share_rows,
                lines=row.share_lines,
                totals=row.share_totals,
            )
            for row in rows
            if row.share_organization_id
        ),
    )
