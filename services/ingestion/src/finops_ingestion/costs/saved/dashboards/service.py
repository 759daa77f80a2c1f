"""Checks layouts before they are saved, and tells which of their queries are there."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.errors.problem import FieldError, InvalidInput
from finops_ingestion.costs.saved.dashboards.domain import Tile, flaws
from finops_ingestion.costs.saved.domain import Saved
from finops_ingestion.costs.saved.repository import SavedRepository


class LayoutService:
    """What dashboards need to know of saved queries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queries(self, caller: Caller, tiles: Sequence[Tile]) -> Mapping[UUID, Saved]:
        """Those of the tiles' queries that the caller sees."""
        wanted = {tile.query_id for tile in tiles}
        async with self._database.transaction(caller) as tx:
            return await SavedRepository(tx, "query", caller.user_id).find_all(wanted)

    async def check(self, caller: Caller, tiles: Sequence[Tile], *, shared: bool) -> None:
        """Raises InvalidInput for tiles that lie wrong, or whose queries their readers do not see.

        A query that is deleted or made private afterwards leaves a tile that says so: nobody
        is kept from deleting theirs by what others have laid out.
        """
        queries = await self.queries(caller, tiles)
        found = [*flaws(tiles), *_unseen(tiles, queries, shared=shared)]
        if found:
            raise InvalidInput(
                errors=tuple(
                    FieldError(f"body.tiles.{path}", "value_error", told) for path, told in found
                )
            )


def _unseen(
    tiles: Sequence[Tile], queries: Mapping[UUID, Saved], *, shared: bool
) -> Iterator[tuple[str, str]]:
    for place, tile in enumerate(tiles):
        query = queries.get(tile.query_id)
        if query is None:
            yield f"{place}.query_id", "is no saved query that you see"
        elif shared and not query.shared:
            yield f"{place}.query_id", "is private: share the query first"
