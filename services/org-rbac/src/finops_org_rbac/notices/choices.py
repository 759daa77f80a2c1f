"""What a person chose, in PostgreSQL: preferences per category, and what they muted."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from finops_common.contracts.notices import Category
from finops_common.db.transaction import Transaction
from finops_org_rbac.notices.domain import DEFAULTS, Item, Preference
from finops_org_rbac.notices.tables import mutes, preferences

_p, _m = preferences.c, mutes.c


class ChoiceRepository:
    """Choices of the transaction's person."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def preferences(self) -> dict[Category, Preference]:
        """One for every category: the chosen, or the default."""
        found = select(_p.category, _p.inbox, _p.mails).where(_p.user_id == self._tx.person_id)
        rows = await self._tx.all(found)
        return dict(DEFAULTS) | {row.category: Preference(row.inbox, row.mails) for row in rows}

    async def lock(self) -> None:
        """Let one change of a person's choices go at a time."""
        await self._tx.lock("notice choices", self._tx.person_id)

    async def choose(self, category: Category, preference: Preference) -> int:
        """Keep it; its version, counted from 1."""
        values = {"inbox": preference.inbox, "mails": preference.mails}
        row = insert(preferences).values(
            user_id=self._tx.person_id, category=category, version=1, **values
        )
        kept = row.on_conflict_do_update(
            index_elements=["user_id", "category"], set_=values | {"version": _p.version + 1}
        )
        return int(await self._tx.scalar(kept.returning(_p.version)))

    async def mute(self, item: Item, until: datetime | None) -> bool:
        """Silence its kind about what it is about; False when it was silent until then."""
        values = {"muted_at": self._tx.now, "muted_until": until}
        row = insert(mutes).values(
            user_id=self._tx.person_id,
            organization_id=item.organization_id,
            kind=item.kind,
            about=item.about,
            company_id=item.company_id,
            **values,
        )
        kept = row.on_conflict_do_update(
            index_elements=["user_id", "organization_id", "kind", "about"],
            set_=values,
            where=_m.muted_until.is_distinct_from(until),
        )
        return await self._tx.execute(kept) == 1

    async def unmute(self, item: Item) -> bool:
        """Hear of it again; False when it was not silent."""
        gone = delete(mutes).where(
            _m.user_id == self._tx.person_id,
            _m.organization_id == item.organization_id,
            _m.kind == item.kind,
            _m.about == item.about,
        )
        return await self._tx.execute(gone) == 1
