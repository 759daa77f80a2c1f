"""Having bills read from a folder of FOCUS files, and no longer."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion_analytics import BillingFolderChanged
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import FieldError, InvalidInput, NotFound, Unavailable
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import (
    FOLDER,
    BillingSource,
    hold_source,
    stop_sources,
)
from finops_ingestion.connections.domain import ConnectionBrokenError
from finops_ingestion.folders.domain import Draft, Folder, below, must_be_mended, overlap, told
from finops_ingestion.folders.problems import (
    FolderNotUnderstood,
    FolderReadAlready,
    FolderRefused,
)
from finops_ingestion.folders.repository import FolderRepository
from finops_ingestion.imports.adapters import OpenBucket, reason_of
from finops_ingestion.imports.backfilling import SILENT
from finops_ingestion.imports.domain import Delivery
from finops_ingestion.imports.queueing import stop_imports
from finops_ingestion.imports.repository import LookRepository, PeriodRepository
from finops_ingestion.imports.stores.folders import LAYOUTS, is_data
from finops_ingestion.imports.stores.objects import (
    ChangedError,
    SeveralBillsError,
    TooManyObjectsError,
)
from finops_ingestion.imports.stores.places import bills_of
from finops_ingestion.imports.stores.s3 import S3Objects
from finops_ingestion.problems import NotConnected, OwnRoleMissing, SeveralBills, TooManyFiles

PROVIDER = "Folders"
_NOT_AWS = FieldError("body.cloud_account_id", "not-aws", "is no AWS account")


class FolderService:
    """Use cases of folders. No transaction is open while S3 is asked."""

    def __init__(self, database: Database, open_bucket: OpenBucket) -> None:
        self._database = database
        self._open_bucket = open_bucket

    async def add(self, caller: Caller, source_id: UUID, draft: Draft) -> Folder:
        """Have the folder read from now on, once it is seen that it can be.

        The same folder again is the source that it was, also after it was stopped: its months
        are not counted twice.

        Raises:
            NotFound: no such account here. InvalidInput: it is not AWS's.
            OwnRoleMissing, NotConnected: nothing opens it. Unavailable: no answer.
            FolderReadAlready: another source of the company reads files of it.
            FolderRefused, FolderNotUnderstood, TooManyFiles, SeveralBills: with what to do
                about it.
        """
        async with self._database.transaction(_company(caller)) as tx:
            account = await AccountRepository(tx).find(draft.cloud_account_id)
            source = _source(source_id, _opens(caller, account), draft)
        months = await self._look(source)
        async with self._database.transaction(_company(caller)) as tx:
            # Locks are taken in one order, and of an account that was detached nothing begins.
            _opens(caller, await AccountRepository(tx).get(draft.cloud_account_id))
            return Folder(await _read(tx, source), months=months)

    async def list(self, caller: Caller) -> Sequence[Folder]:
        """The organization's, in the order in which they were added."""
        async with self._database.transaction(caller) as tx:
            found = await FolderRepository(tx).list_of(tx.organization_id)
            looks = await LookRepository(tx).results(each.id for each in found)
        return [Folder(each, *looks.get(each.id, (None, None))) for each in found]

    async def stop(self, caller: Caller, source_id: UUID) -> None:
        """Nothing more is read of it, and imports of it end; what stands stays readable.

        Stopped twice is stopped once. Raises NotFound.
        """
        async with self._database.transaction(_company(caller)) as tx:
            source = await hold_source(tx, source_id, to_change=True)
            if source is None or source.kind != FOLDER:
                raise NotFound
            if source.organization_id != caller.organization_id:
                raise NotFound
            if source.stopped_at is not None:
                return
            await stop_sources(tx, [source.id])
            await stop_imports(tx, [source.id])
            _announce(tx, source, before=source, after=None)

    async def _look(self, source: BillingSource) -> tuple[date, ...]:
        try:
            async with self._open_bucket(source) as client:
                objects = S3Objects(client, source.bucket or "")
                found = await bills_of(client, source).find()
                if found:
                    await _take_a_bite(objects, found[0])
                elif any([is_data(each) async for each in objects.list(source.prefix or "")]):
                    raise FolderNotUnderstood(layouts=", ".join(LAYOUTS))
        except ConnectionBrokenError as broken:
            raise NotConnected(cause=broken.cause) from None
        except TooManyObjectsError as error:
            raise TooManyFiles(most=error.most) from None
        except SeveralBillsError as error:
            raise SeveralBills(places=str(error)) from None
        except SILENT as error:
            if must_be_mended(cause := reason_of(error)):
                raise FolderRefused(cause=cause) from None
            raise Unavailable from None
        return tuple(each.period for each in found)


async def _take_a_bite(objects: S3Objects, delivery: Delivery) -> None:
    """Whoever may list files need not be let read or decrypt them."""
    file = delivery.files[0]
    try:
        async with aclosing(objects.stream(file.name, file.version)) as chunks:
            await anext(chunks, None)
    except ChangedError:
        return  # it was read: S3 tells nobody else that it is another now


def _company(caller: Caller) -> Acting:
    if caller.company_id is None:
        raise NotFound
    return Acting(scopes.company(caller.company_id), caller.origin)


def _opens(caller: Caller, account: CloudAccount | None) -> CloudAccount:
    if account is None or account.organization_id != caller.organization_id:
        raise NotFound
    if account.provider != "AWS":
        raise InvalidInput(errors=(_NOT_AWS,))
    if account.proven_at is None or account.credentials_version is None:
        raise OwnRoleMissing
    return account


def _source(source_id: UUID, account: CloudAccount, draft: Draft) -> BillingSource:
    return BillingSource(
        id=source_id,
        company_id=account.company_id,
        organization_id=account.organization_id,
        provider=PROVIDER,
        kind=FOLDER,
        name=draft.name,
        cloud_account_id=account.id,
        # Whoever fills it need not be who pays, so nobody's freshness or collection rests on it.
        payer_account_id=None,
        bucket=draft.bucket,
        prefix=below(draft.prefix),
        region=draft.region,
    )


async def _known(tx: Transaction, new: BillingSource) -> BillingSource | None:
    """The source that this folder is, or was, already. Raises FolderReadAlready."""
    there = await FolderRepository(tx).list_in(new.bucket or "")
    for other in there:
        if _place(other) == _place(new):
            return other
    for other in there:
        if not overlap(new.prefix or "", below(other.prefix)):
            continue
        if other.stopped_at is None or await PeriodRepository(tx).with_lines(other.id):
            place = f"s3://{other.bucket}/{other.prefix or ''}"
            raise FolderReadAlready(name=other.name, place=place)
    return None


def _place(source: BillingSource) -> tuple[object, ...]:
    return source.kind, source.organization_id, source.bucket, source.prefix


async def _read(tx: Transaction, new: BillingSource) -> BillingSource:
    folders = FolderRepository(tx)
    await folders.lock()
    known = await _known(tx, new)
    if known and known.stopped_at is None:
        return known
    if known:
        new = replace(new, id=known.id)
        await folders.revive(new)
    else:
        await folders.add(new)
    _announce(tx, new, before=None, after=new)
    return new


def _announce(
    tx: Transaction,
    source: BillingSource,
    *,
    before: BillingSource | None,
    after: BillingSource | None,
) -> None:
    event = BillingFolderChanged(
        billing_source_id=source.id,
        company_id=source.company_id,
        organization_id=source.organization_id,
        before=before and told(before),
        after=after and told(after),
    )
    tx.publish(event, organization_id=source.organization_id)
