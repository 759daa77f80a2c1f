"""Asks for many months at once, and says of which there is something to read (ING-11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_common.errors.problem import Unavailable
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.connections.domain import CloudSilentError, ConnectionBrokenError
from finops_ingestion.imports.adapters import STORE_ERRORS, OpenBucket
from finops_ingestion.imports.domain import Delivery, month_end
from finops_ingestion.imports.looking import Answer, queue_delivery
from finops_ingestion.imports.service import fetched_source
from finops_ingestion.imports.stores.objects import SeveralBillsError, TooManyObjectsError
from finops_ingestion.imports.stores.places import bills_of
from finops_ingestion.problems import NotConnected, SeveralBills, TooManyFiles

SILENT: tuple[type[Exception], ...] = (CloudSilentError, *STORE_ERRORS)


@dataclass(frozen=True)
class Month:
    """What came of asking for a month; `import_id` of the import that reads it now."""

    period: date
    answer: Answer
    import_id: UUID | None = None


class BackfillService:
    """Backfill by months; it looks where the bills lie while the caller waits."""

    def __init__(self, database: Database, open_bucket: OpenBucket) -> None:
        self._database = database
        self._open_bucket = open_bucket

    async def ask(self, caller: Caller, source_id: UUID, first: date, last: date) -> list[Month]:
        """Import every month from `first` to `last` that is delivered and does not stand already.

        Asked twice, what the first has queued is under way.

        Raises:
            NotFound. NotAnUpload, SourceStopped: there is nowhere to look.
            NotConnected: the account cannot be read, with the cause. Unavailable: no answer.
            TooManyFiles, SeveralBills: of a folder that is somebody's whole bucket.
        """
        async with self._database.transaction(caller) as tx:
            source = await fetched_source(tx, source_id)
        delivered = {each.period: each for each in await self._find(source)}
        return [
            await self._ask_for(caller, source, month, delivered.get(month))
            for month in _months(first, last)
        ]

    async def _find(self, source: BillingSource) -> Sequence[Delivery]:
        try:
            async with self._open_bucket(source) as client:
                return await bills_of(client, source).find()
        except ConnectionBrokenError as broken:
            raise NotConnected(cause=broken.cause) from None
        except TooManyObjectsError as error:
            raise TooManyFiles(most=error.most) from None
        except SeveralBillsError as error:
            raise SeveralBills(places=str(error)) from None
        except SILENT:
            raise Unavailable from None

    async def _ask_for(
        self, caller: Caller, source: BillingSource, month: date, delivery: Delivery | None
    ) -> Month:
        if delivery is None:
            return Month(month, "not_delivered")
        async with self._database.transaction(caller) as tx:
            answer, import_id = await queue_delivery(tx, source, delivery, asked=True)
        return Month(month, answer, import_id)


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = month_end(first)
