"""Kill switches in PostgreSQL."""

from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_autosavings.problems import Stopped
from finops_autosavings.switches.domain import KillSwitch, Switches
from finops_autosavings.switches.tables import kill_switches, platform_switch
from finops_common.db.transaction import Transaction

_FIELDS = ("stopped", "reason", "version", "changed_at")
_own = [kill_switches.c[name] for name in _FIELDS]
_whole = [platform_switch.c[name] for name in _FIELDS]


class SwitchRepository:
    """The switch of the transaction's organization, and the platform's."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def read(self) -> Switches:
        """Both, locked against change until this transaction ends."""
        mine = select(*_own).where(kill_switches.c.organization_id == self._tx.organization_id)
        organization = await self._tx.one_or_none(mine.with_for_update(read=True))
        platform = await self._tx.one_or_none(select(*_whole).with_for_update(read=True))
        return Switches(_made(organization), _made(platform))

    async def need_open(self) -> Switches:
        """Called in the transaction that claims work: a stop commits before it or waits for it.

        Raises:
            Stopped: one is on, or cannot be read.
        """
        found = await self.read()
        scope = found.stopped_by()
        if scope:
            raise Stopped(scope=scope)
        return found

    async def make_sure(self) -> None:
        """Give the organization an open switch where it has none."""
        row = insert(kill_switches).values(
            organization_id=self._tx.organization_id,
            company_id=self._tx.company_id,
            stopped=False,
            changed_at=self._tx.now,
        )
        await self._tx.execute(row.on_conflict_do_nothing())

    async def set_own(self, *, stopped: bool, reason: str | None) -> KillSwitch | None:
        """The switch as it is now; None when it stood so already."""
        mine = update(kill_switches).where(
            kill_switches.c.organization_id == self._tx.organization_id,
            kill_switches.c.stopped.is_not(stopped),
        )
        changed = mine.values(
            stopped=stopped,
            reason=reason,
            version=kill_switches.c.version + 1,
            changed_at=self._tx.now,
        )
        return _made(await self._tx.one_or_none(changed.returning(*_own)))


async def set_platform(tx: Transaction, *, stopped: bool, reason: str) -> KillSwitch | None:
    """The platform's switch as it is now; None when it stood so already."""
    one = update(platform_switch).where(platform_switch.c.stopped.is_not(stopped))
    changed = one.values(
        stopped=stopped,
        reason=reason,
        version=platform_switch.c.version + 1,
        changed_at=tx.now,
    )
    return _made(await tx.one_or_none(changed.returning(*_whole)))


def _made(row: Row[Any] | None) -> KillSwitch | None:
    return None if row is None else KillSwitch(**row._mapping)
