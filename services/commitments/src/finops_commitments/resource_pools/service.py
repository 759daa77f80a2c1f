"""The use case of resource pools."""

from dataclasses import dataclass

from finops_commitments.figures.opened import Answer, OpenedRecords
from finops_commitments.figures.service import Wanted
from finops_commitments.resource_pools.domain import ResourcePool
from finops_commitments.resource_pools.measures import resource_pools
from finops_common.acting import Acts


@dataclass(frozen=True, slots=True)
class ResourcePoolService:
    """Use cases of resource pools."""

    records: OpenedRecords

    async def ask(self, acts: Acts, wanted: Wanted) -> Answer[list[ResourcePool]]:
        """All pools of the time that is wanted."""
        return await self.records.ask(
            acts,
            wanted.since,
            wanted.until,
            lambda records, _: resource_pools(records, wanted.narrowed),
            daily=wanted.daily,
        )
