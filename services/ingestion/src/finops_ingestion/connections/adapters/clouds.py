"""The clouds as connections need them: looked at, and opened for reading bills."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from finops_common.clock import Clock
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.connections.adapters.aws import Aws, Client, Session
from finops_ingestion.connections.adapters.azure import AppSession, AzureEndpoints, BlobContainer
from finops_ingestion.connections.adapters.azure_look import list_subscriptions, look_at_azure
from finops_ingestion.connections.adapters.gcp import BillingExport, GoogleEndpoints, KeySession
from finops_ingestion.connections.adapters.gcp_look import look_at_google
from finops_ingestion.connections.adapters.look import look_at
from finops_ingestion.connections.adapters.rest import Rest
from finops_ingestion.connections.credentials import AzureApp, AzurePlace, GoogleKey, GooglePlace
from finops_ingestion.connections.domain import (
    ConnectionBrokenError,
    Credentials,
    Evidence,
    Member,
    stack_tag,
    verdict,
)

C_contra = TypeVar("C_contra", contravariant=True)


class Cloud(Protocol[C_contra]):
    """One provider; `credentials` are the account's own."""

    async def look(
        self, account: CloudAccount, credentials: C_contra, reading: str | None
    ) -> Evidence:
        """What the account lets us see; `reading` names the export read until now.

        Raises:
            ConnectionBrokenError: nothing, and why.
            CloudSilentError: the provider did not answer.
        """

    async def choices(self, account: CloudAccount, credentials: C_contra) -> tuple[Member, ...]:
        """What a person chooses accounts from; empty where all are read. Raises as `look`."""

    async def session(self, credentials: C_contra) -> Any:  # noqa: ANN401 - by cloud
        """What anything else is asked of the cloud through. Raises as `look`."""

    def open(
        self, source: BillingSource, credentials: C_contra
    ) -> AbstractAsyncContextManager[Any]:
        """What `imports.stores.places` reads the source's bills through. Raises as `look`."""


Clouds = Mapping[str, Cloud[Any]]


@dataclass(frozen=True)
class AwsCloud:
    """Through roles that customers' stacks make."""

    aws: Aws

    async def look(
        self, account: CloudAccount, credentials: Credentials, reading: str | None
    ) -> Evidence:
        tag = stack_tag(account.organization_id)
        session = await self.aws.open(credentials, tag, known=account.proven_at is not None)
        evidence = await look_at(
            self.aws, session, account.account_id, wanted=account.export_name, now=reading
        )
        return replace(evidence, cause=verdict(account, evidence))

    async def choices(
        self,
        account: CloudAccount,  # noqa: ARG002 - linked accounts are all read
        credentials: Credentials,  # noqa: ARG002 - as above
    ) -> tuple[Member, ...]:
        return ()

    async def session(self, credentials: Credentials) -> Session:
        session = await self.aws.assume(credentials.role_arn, credentials.external_id)
        if session is None:
            raise ConnectionBrokenError("role_missing")
        return session

    @asynccontextmanager
    async def open(self, source: BillingSource, credentials: Credentials) -> AsyncIterator[Client]:
        session = await self.session(credentials)
        async with self.aws.client("s3", session, source.region) as client:
            yield client


@dataclass(frozen=True)
class AzureCloud:
    """Through applications that customers register."""

    rest: Rest
    endpoints: AzureEndpoints
    clock: Clock

    async def look(
        self,
        account: CloudAccount,
        credentials: AzureApp,
        reading: str | None,  # noqa: ARG002 - the place names the one export
    ) -> Evidence:
        place = AzurePlace.of(account.place or {})
        return await look_at_azure(self._session(credentials), account, place)

    async def choices(self, account: CloudAccount, credentials: AzureApp) -> tuple[Member, ...]:
        return await list_subscriptions(self._session(credentials), account.account_id)

    async def session(self, credentials: AzureApp) -> AppSession:
        return self._session(credentials)

    @asynccontextmanager
    async def open(
        self, source: BillingSource, credentials: AzureApp
    ) -> AsyncIterator[BlobContainer]:
        yield BlobContainer(self._session(credentials), source.bucket or "")

    def _session(self, app: AzureApp) -> AppSession:
        return AppSession(self.rest, self.endpoints, app, self.clock)


@dataclass(frozen=True)
class GoogleCloud:
    """Through keys of service accounts that customers make."""

    rest: Rest
    endpoints: GoogleEndpoints
    clock: Clock

    async def look(
        self, account: CloudAccount, credentials: GoogleKey, reading: str | None
    ) -> Evidence:
        place = GooglePlace(**(account.place or {}))
        return await look_at_google(self._session(credentials), account, place, reading)

    async def choices(
        self,
        account: CloudAccount,  # noqa: ARG002 - projects are all read
        credentials: GoogleKey,  # noqa: ARG002 - as above
    ) -> tuple[Member, ...]:
        return ()

    async def session(self, credentials: GoogleKey) -> KeySession:
        return self._session(credentials)

    @asynccontextmanager
    async def open(
        self, source: BillingSource, credentials: GoogleKey
    ) -> AsyncIterator[BillingExport]:
        project, _, dataset = (source.bucket or "").partition("/")
        place = GooglePlace(project, dataset)
        yield BillingExport(self._session(credentials), place, source.prefix or "")

    def _session(self, key: GoogleKey) -> KeySession:
        return KeySession(self.rest, self.endpoints, key, self.clock)
