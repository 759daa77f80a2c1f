"""Stopping autosavings, and letting it go on."""

from finops_autosavings.switches.domain import Switches
from finops_autosavings.switches.repository import SwitchRepository, set_platform
from finops_common.acting import Actor, Origin, system
from finops_common.auth.caller import Caller
from finops_common.contracts.autosavings import KillSwitchChanged, PlatformKillSwitchChanged
from finops_common.db.transaction import Database
from finops_common.ids import new_id


class SwitchService:
    """Use cases of kill switches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, caller: Caller) -> Switches:
        """Both switches over the organization."""
        async with self._database.transaction(caller) as tx:
            return await SwitchRepository(tx).read()

    async def set_own(self, caller: Caller, *, stopped: bool, reason: str | None) -> Switches:
        """Stop the organization at once, or release it; as it stands already changes nothing.

        Raises:
            RecentLoginNeeded: releasing asks step-up, stopping never does.
        """
        async with self._database.transaction(caller) as tx:
            if not stopped:
                caller.need_recent_login(tx.now)
            switches = SwitchRepository(tx)
            await switches.make_sure()
            changed = await switches.set_own(stopped=stopped, reason=reason)
            if changed:
                event = KillSwitchChanged(
                    organization_id=tx.organization_id,
                    stopped=stopped,
                    before={"stopped": not stopped},
                    after={"stopped": stopped},
                )
                tx.publish(event, version=changed.version, reason=reason)
            return await switches.read()

    async def set_platform(self, *, stopped: bool, reason: str) -> bool:
        """Stop or release everything, as the operator of the installation; False: it stood so."""
        origin = Origin(f"operator-{new_id()}", Actor("system", "operator"))
        async with self._database.transaction(system(origin)) as tx:
            changed = await set_platform(tx, stopped=stopped, reason=reason)
            if changed:
                event = PlatformKillSwitchChanged(
                    stopped=stopped, before={"stopped": not stopped}, after={"stopped": stopped}
                )
                tx.publish(event, version=changed.version, reason=reason)
            return changed is not None
