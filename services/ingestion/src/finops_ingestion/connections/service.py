"""Connecting a cloud account: registering, checking, changing what opens it, using it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from finops_common.acting import Acting, Origin
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import (
    ConnectionStatusChanged,
    CredentialsChanged,
    Provider,
)
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound, Unavailable
from finops_common.sealing import Sealer
from finops_ingestion.accounts.changes import facts
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import BillingSource, find_export
from finops_ingestion.connections.adapters.aws import Aws
from finops_ingestion.connections.adapters.clouds import AwsCloud, Cloud, Clouds
from finops_ingestion.connections.domain import (
    Choice,
    CloudSilentError,
    ConnectionBrokenError,
    Credentials,
    Given,
    Registration,
    read_role,
    stack_tag,
)
from finops_ingestion.connections.repository import CredentialRepository
from finops_ingestion.connections.settle import Outcome, settle
from finops_ingestion.problems import (
    AlreadyRegistered,
    CredentialsRefused,
    NotConnected,
    NotOfTheAccount,
    OtherProvider,
    OwnRoleMissing,
    RegisteredElsewhere,
)


class ConnectionService:
    """Use cases of connections. No transaction is open while a cloud is asked."""

    def __init__(self, database: Database, sealer: Sealer, aws: Aws, others: Clouds) -> None:
        self._database = database
        self._sealer = sealer
        self._aws = aws
        self._clouds: Clouds = {"AWS": AwsCloud(aws), **others}

    async def register(
        self, caller: Caller, cloud_account_id: UUID, wanted: Registration
    ) -> CloudAccount:
        """Register an account in one call; one whose stack is not finished waits for it.

        Raises:
            NotOfTheAccount: the role is another account's.
            AlreadyRegistered: by this organization.
            RegisteredElsewhere: ownership is proven, but somebody else was first.
            CredentialsRefused, OwnRoleMissing: an account that its payer brought in keeps being
                read through it.
        """
        credentials = await self._credentials_for(caller, wanted.account_id, wanted.given)
        async with self._database.transaction(caller) as tx:
            account = await self._begin(tx, cloud_account_id, wanted, credentials)
        if account.origin == "linked":
            return await self._replace(caller, account, credentials)
        try:
            account = await self._check(caller.origin, account, credentials)
        except CloudSilentError:
            return account  # the worker looks again within a minute
        if account.connection_cause == "registered_elsewhere":
            raise RegisteredElsewhere
        return account

    async def check(self, caller: Caller, cloud_account_id: UUID) -> CloudAccount:
        """Look at the account now.

        Raises:
            NotFound. OwnRoleMissing: it is read through its payer. Unavailable: no answer.
        """
        async with self._database.transaction(caller) as tx:
            account = await _mine(tx, cloud_account_id)
            credentials = await CredentialRepository(tx, self._sealer).find(account)
        if credentials is None:
            raise OwnRoleMissing
        try:
            return await self._check(caller.origin, account, credentials)
        except CloudSilentError:
            raise Unavailable from None

    async def change_credentials(
        self, caller: Caller, cloud_account_id: UUID, given: Given
    ) -> CloudAccount:
        """Put others in force once they have been seen to work; a new version (ING-6).

        Raises:
            NotFound, NotOfTheAccount, OtherProvider, Unavailable: nothing has changed.
            OwnRoleMissing: outside AWS, what a billing account brought in is read through it.
            CredentialsRefused: they do not work, with the cause; nothing has changed.
        """
        async with self._database.transaction(caller) as tx:
            account = await _mine(tx, cloud_account_id)
        if given.provider != account.provider:
            raise OtherProvider(provider=account.provider)
        credentials = await self._credentials_for(caller, account.account_id, given)
        return await self._replace(caller, account, credentials)

    async def _replace(
        self,
        caller: Caller,
        account: CloudAccount,
        given: Any,  # noqa: ANN401 - by provider
    ) -> CloudAccount:
        if account.origin == "linked" and account.provider != "AWS":
            raise OwnRoleMissing
        try:
            outcome = await self._look(account, given)
        except CloudSilentError:
            raise Unavailable from None
        if isinstance(outcome, ConnectionBrokenError):
            raise CredentialsRefused(outcome.cause)
        async with self._database.transaction(_company(account, caller.origin)) as tx:
            account = await AccountRepository(tx).get(account.id)
            await self._put_in_force(tx, account, given)
            return await settle(tx, account.id, outcome)

    async def choices(self, caller: Caller, cloud_account_id: UUID) -> tuple[Choice, ...]:
        """What the account pays for, and whether it is read as accounts of their own.

        Raises:
            NotFound. OwnRoleMissing: it is read through its payer. Unavailable: no answer.
            NotConnected: nothing can be read now, with the cause.
        """
        async with self._database.transaction(caller) as tx:
            account = await _mine(tx, cloud_account_id)
            credentials = await CredentialRepository(tx, self._sealer).find(account)
        if credentials is None:
            raise OwnRoleMissing
        cloud: Cloud[Any] = self._clouds[account.provider]
        try:
            listed = await cloud.choices(account, credentials)
        except CloudSilentError:
            raise Unavailable from None
        except ConnectionBrokenError as broken:
            raise NotConnected(cause=broken.cause) from None
        chosen = (account.place or {}).get("subscriptions") or [each.account_id for each in listed]
        return tuple(Choice(each, each.account_id in chosen) for each in listed)

    async def check_next(self) -> bool:
        """Look at one account that is due; False when none is."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            account = await AccountRepository(tx).claim_due()
            if account is None:
                return False
            credentials = await CredentialRepository(tx, self._sealer).find(account)
        if credentials is not None:
            await self._check(Acting(scopes.SYSTEM).origin, account, credentials)
        return True

    async def session(self, cloud_account_id: UUID) -> Any:  # noqa: ANN401 - by cloud
        """A session of an account's own credentials, for reading (`Cloud.session`).

        Raises:
            ConnectionBrokenError: there is no role, or it does not let us in now.
            CloudSilentError: the provider did not answer.
        """
        provider, credentials = await self._credentials_of(cloud_account_id)
        cloud: Cloud[Any] = self._clouds[provider]
        return await cloud.session(credentials)

    @asynccontextmanager
    async def bills(self, source: BillingSource) -> AsyncIterator[Any]:
        """What the source's bills are read through (`imports.stores.places.bills_of`).

        Raises:
            ConnectionBrokenError, CloudSilentError: as `session`.
        """
        if source.cloud_account_id is None:
            raise ConnectionBrokenError("role_missing")
        provider, credentials = await self._credentials_of(source.cloud_account_id)
        cloud: Cloud[Any] = self._clouds[provider]
        async with cloud.open(source, credentials) as client:
            yield client

    async def _credentials_of(self, cloud_account_id: UUID) -> tuple[Provider, Any]:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            account = await AccountRepository(tx).find(cloud_account_id)
            repository = CredentialRepository(tx, self._sealer)
            credentials = await repository.find(account) if account else None
        if account is None or credentials is None:
            raise ConnectionBrokenError("role_missing")
        return account.provider, credentials

    async def _credentials_for(self, caller: Caller, account_id: str, given: Given) -> Any:  # noqa: ANN401 - by provider
        if given.credentials is not None:
            return given.credentials
        async with self._database.transaction(caller) as tx:
            external_id = await CredentialRepository(tx, self._sealer).external_id(
                tx.company_id, tx.organization_id
            )
            role_arn = given.role_arn or read_role(account_id, stack_tag(tx.organization_id))
        credentials = Credentials(role_arn, external_id)
        if credentials.account_id != account_id:
            raise NotOfTheAccount
        return credentials

    async def _begin(
        self,
        tx: Transaction,
        new_id: UUID,
        wanted: Registration,
        credentials: Any,  # noqa: ANN401 - by provider
    ) -> CloudAccount:
        accounts = AccountRepository(tx)
        # The added row, or the one that came first, is locked until its credentials stand.
        account = await accounts.add_free(
            id=new_id,
            company_id=tx.company_id,
            organization_id=tx.organization_id,
            provider=wanted.given.provider,
            account_id=wanted.account_id,
            name=wanted.name or wanted.account_id,
            origin="registered",
            connection="pre_registration",
            capabilities=list(wanted.capabilities),
            export_name=wanted.export_name,
            place=wanted.place,
            next_check_at=tx.now,
        )
        if account is None:
            account = await self._known(tx, new_id, wanted)
        else:
            status = {"status": account.connection, "cause": None}
            event = ConnectionStatusChanged(**facts(account), **status, after=status)
            tx.publish(event, version=account.version)
        if account.origin == "linked" or account.proven_at is not None:
            return account
        version = await CredentialRepository(tx, self._sealer).replace(account, credentials)
        return await accounts.note(account.id, credentials_version=version, place=wanted.place)

    async def _known(self, tx: Transaction, new_id: UUID, wanted: Registration) -> CloudAccount:
        accounts = AccountRepository(tx)
        found = await accounts.find_by_number(
            tx.organization_id, wanted.given.provider, wanted.account_id
        )
        if found is None:
            raise NotFound
        account = await accounts.get(found.id)
        again = account.id == new_id or account.proven_at is None
        if account.origin == "registered" and not again:
            raise AlreadyRegistered(cloud_account_id=account.id)
        return account

    async def _check(
        self,
        origin: Origin,
        account: CloudAccount,
        credentials: Any,  # noqa: ANN401 - by provider
    ) -> CloudAccount:
        outcome = await self._look(account, credentials)
        async with self._database.transaction(_company(account, origin)) as tx:
            return await settle(tx, account.id, outcome)

    async def _look(
        self,
        account: CloudAccount,
        credentials: Any,  # noqa: ANN401 - by provider
    ) -> Outcome:
        async with self._database.transaction(_company(account)) as tx:
            now = await find_export(tx, account.provider, account.account_id)
        cloud: Cloud[Any] = self._clouds[account.provider]
        try:
            return await cloud.look(account, credentials, now.name if now else None)
        except ConnectionBrokenError as broken:
            return broken

    async def _put_in_force(
        self,
        tx: Transaction,
        account: CloudAccount,
        given: Any,  # noqa: ANN401 - by provider
    ) -> None:
        version = await CredentialRepository(tx, self._sealer).replace(account, given)
        changed = await AccountRepository(tx).change(
            account.id, credentials_version=version, origin="registered"
        )
        event = CredentialsChanged(
            **facts(changed),
            credentials_version=version,
            before={"credentials_version": account.credentials_version},
            after={"credentials_version": version},
        )
        tx.publish(event, version=changed.version, organization_id=changed.organization_id)


async def _mine(tx: Transaction, cloud_account_id: UUID) -> CloudAccount:
    account = await AccountRepository(tx).find(cloud_account_id)
    if account is None:
        raise NotFound
    return account


def _company(account: CloudAccount, origin: Origin | None = None) -> Acting:
    scope = scopes.company(account.company_id)
    return Acting(scope, origin) if origin else Acting(scope)
