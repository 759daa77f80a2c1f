"""Chains and entries in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    TableValuedAlias,
    Uuid,
    and_,
    any_,
    column,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from finops_audit_log.entries.domain import Chain, Entry, Filter, Place
from finops_audit_log.entries.sealing import PersonalSealer
from finops_audit_log.entries.tables import chains, entries, leaves, personal_fields
from finops_common.db.transaction import Transaction
from finops_common.pagination import Page, PageRequest, read_page

FEW = 5000
"""So many matches are found by an index and sorted; of more, enough stand among the newest."""
_TRIGRAM = 3
_COLUMNS = [entries.c[name] for name in Entry.__dataclass_fields__ if name in entries.c]


@dataclass(frozen=True, slots=True)
class SealedFields:
    """One owner's personal fields of one entry."""

    owner_id: UUID
    sealed: bytes
    ip_digest: bytes | None


def place(entry_id: UUID, owner_id: UUID) -> str:
    """What a sealed value is bound to."""
    return f"personal_fields/{entry_id}/{owner_id}"


class ChainRepository:
    """Appends to chains; in system scope, since a chain is nobody's transaction's alone."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def next_sequence(self, chain: Chain) -> int:
        """The place after the last; the chain stays locked until the transaction ends.

        A rollback gives the place back, so there are no gaps.
        """
        row = upsert(chains).values(chain_id=chain.id, kind=chain.kind, last_sequence=1)
        counted = row.on_conflict_do_update(
            index_elements=["chain_id"], set_={"last_sequence": chains.c.last_sequence + 1}
        )
        return int(await self._tx.scalar(counted.returning(chains.c.last_sequence)))

    async def append(
        self, entry: Entry, leaf: bytes, search: str, sealed: Sequence[SealedFields]
    ) -> None:
        """Write the entry, its leaf and its sealed fields."""
        row = {column.name: getattr(entry, column.name) for column in _COLUMNS}
        await self._tx.execute(insert(entries).values(**row, search=search))
        await self._tx.execute(
            insert(leaves).values(
                chain_id=entry.chain_id,
                sequence=entry.sequence,
                entry_id=entry.id,
                retention=entry.retention,
                recorded_at=entry.recorded_at,
                leaf_hash=leaf,
            )
        )
        for each in sealed:
            await self._tx.execute(
                insert(personal_fields).values(
                    entry_id=entry.id,
                    owner_id=each.owner_id,
                    retention=entry.retention,
                    recorded_at=entry.recorded_at,
                    company_id=entry.company_id,
                    organization_id=entry.organization_id,
                    person_id=entry.person_id,
                    sealed=each.sealed,
                    ip_digest=each.ip_digest,
                )
            )


class EntryRepository:
    """Entries within one transaction's scope, read with what can still be opened of them."""

    def __init__(self, tx: Transaction, sealer: PersonalSealer) -> None:
        self._tx = tx
        self._sealer = sealer

    async def list_of_organization(self, wanted: Filter, request: PageRequest) -> Page[Entry]:
        mine = entries.c.organization_id == self._tx.organization_id
        return await self._page(self._done(wanted).where(mine), request)

    async def list_of_company(self, wanted: Filter, request: PageRequest) -> Page[Entry]:
        mine = entries.c.company_id == self._tx.company_id
        return await self._page(self._done(wanted).where(mine), request)

    async def list_of_person(self, wanted: Filter, request: PageRequest) -> Page[Entry]:
        mine = entries.c.person_id == self._tx.person_id
        return await self._page(_matching(wanted).where(mine), request)

    async def list_access(
        self, people: Collection[UUID], wanted: Filter, request: PageRequest
    ) -> Page[Entry]:
        """Log-ins and log-outs of `people`; only in system scope, where the caller names them."""
        theirs = entries.c.person_id == any_(literal(list(people), ARRAY(Uuid)))
        access = entries.c.retention == "access"
        return await self._page(_matching(wanted).where(access, theirs), request)

    async def few(
        self, company_id: UUID, wanted: Filter, most: int = FEW
    ) -> tuple[Place, ...] | None:
        """All of a company's entries from the address, or else with the text, where they are few.

        Only in system scope: row-level security would look at every row before an index may be
        asked for a part of a text. What is found is read again within the tenant's own scope.
        """
        if wanted.ip_digest is not None:
            found = _places_of(wanted.ip_digest, company_id)
        elif len(wanted.text or "") >= _TRIGRAM:
            key = [entries.c[name] for name in Place.__dataclass_fields__]
            asked = _conditions(Filter(text=wanted.text))
            found = select(*key).where(entries.c.company_id == company_id, *asked)
        else:
            return None
        rows = await self._tx.all(found.limit(most + 1))
        if len(rows) > most:
            return None
        return tuple(Place(row.id, row.retention, row.recorded_at) for row in rows)

    def _done(self, wanted: Filter) -> Select[Any]:
        statement = _matching(wanted)
        if wanted.person:
            statement = statement.where(entries.c.actor_id == str(wanted.person))
        return statement

    async def _page(self, statement: Select[Any], request: PageRequest) -> Page[Entry]:
        page = await read_page(
            self._tx,
            statement,
            request,
            sortable={"happened_at": entries.c.happened_at},
            default="-happened_at",
            unique=entries.c.id,
            make=_make,
        )
        return Page(await self._opened(page.items), page.next_cursor)

    async def _opened(self, items: list[Entry]) -> list[Entry]:
        if not items:
            return []
        columns = personal_fields.c
        ids = literal([item.id for item in items], ARRAY(Uuid))
        times = [item.recorded_at for item in items]
        found = await self._tx.all(
            select(columns.entry_id, columns.owner_id, columns.sealed).where(
                columns.entry_id == any_(ids), columns.recorded_at.between(min(times), max(times))
            )
        )
        opened = await self._sealer.open_many(
            self._tx,
            [(row.owner_id, place(row.entry_id, row.owner_id), row.sealed) for row in found],
        )
        fields: dict[UUID, dict[str, Any]] = {}
        for row, secret in zip(found, opened, strict=True):
            if secret:
                values = {path: value for path, (_, value) in orjson.loads(secret).items()}
                fields.setdefault(row.entry_id, {}).update(values)
        return [replace(item, personal=fields.get(item.id, {})) for item in items]


def _places_of(ip_digest: bytes, company_id: UUID) -> Select[Any]:
    columns = personal_fields.c
    # Distinct: an address may be a field of several people.
    named = select(columns.entry_id.label("id"), columns.retention, columns.recorded_at).distinct()
    return named.where(columns.ip_digest == ip_digest, columns.company_id == company_id)


def _matching(wanted: Filter) -> Select[Any]:
    statement = select(*_COLUMNS)
    if wanted.among is not None:
        few = _given(wanted.among)
        same = [entries.c[name] == few.c[name] for name in Place.__dataclass_fields__]
        statement = statement.join(few, and_(*same))
    return statement.where(*_conditions(wanted))


def _given(places: Sequence[Place]) -> TableValuedAlias:
    """The places as a table: of each row its own partition alone is read."""
    columns = {name: entries.c[name].type for name in Place.__dataclass_fields__}
    arrays = [
        literal([getattr(place, name) for place in places], ARRAY(kind))
        for name, kind in columns.items()
    ]
    named = [column(name, kind) for name, kind in columns.items()]
    return func.unnest(*arrays).table_valued(*named, name="few").render_derived()


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actions:
        found.append(entries.c.action.in_(wanted.actions))
    if wanted.outcome:
        found.append(entries.c.outcome == wanted.outcome)
    if wanted.since:
        found.append(entries.c.happened_at >= wanted.since)
    if wanted.until:
        found.append(entries.c.happened_at < wanted.until)
    if wanted.text:
        found.append(entries.c.search.contains(wanted.text.lower(), autoescape=True))
    # What is among the few is from the address already.
    if wanted.ip_digest and wanted.among is None:
        found.append(_from_address(wanted.ip_digest))
    return found


def _from_address(ip_digest: bytes) -> ColumnElement[bool]:
    columns = personal_fields.c
    return exists().where(
        columns.ip_digest == ip_digest,
        columns.entry_id == entries.c.id,
        columns.retention == entries.c.retention,
        columns.recorded_at == entries.c.recorded_at,
    )


def _make(row: Row[Any]) -> Entry:
    found = dict(row._mapping)
    return Entry(**{column.name: found[column.name] for column in _COLUMNS})
