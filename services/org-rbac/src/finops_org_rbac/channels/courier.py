"""The job that tells a channel of a notice."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson

from finops_common.acting import Acting
from finops_common.clock import Clock
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.jobs import GiveUpError
from finops_common.sealing import Sealer
from finops_org_rbac.channels.adapters import NotTakenError
from finops_org_rbac.channels.domain import Message, payload, signature
from finops_org_rbac.channels.repository import Call, CallRepository
from finops_org_rbac.notices.wording import words
from finops_org_rbac.organizations.repository import OrganizationRepository


class Posts(Protocol):
    """Posts to a customer's address, as `adapters.Outgoing`."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Parcel:
    url: str
    secret: str | None
    body: bytes


@dataclass(frozen=True)
class Courier:
    """Sends the calls that `call_channels` has queued."""

    database: Database
    sealer: Sealer
    outgoing: Posts
    app_url: str
    clock: Clock

    async def send(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """Send it; nothing once it was taken, or when channel or organization is gone."""
        company_id, organization_id = UUID(payload["company_id"]), UUID(payload["organization_id"])
        acts = Acting(scopes.organization(company_id, organization_id))
        async with self.database.transaction(acts) as tx:
            parcel = await self._pack(tx, job_id)
        if parcel is None:
            return
        try:
            # A worker that dies from here on sends it again: a webhook knows it by its id.
            await self.outgoing.post(parcel.url, parcel.body, self._headers(job_id, parcel))
        except Exception as error:
            final = isinstance(error, GiveUpError)
            said = str(error) if isinstance(error, GiveUpError | NotTakenError) else None
            async with self.database.transaction(acts) as tx:
                reason = said or type(error).__name__
                await CallRepository(tx).fail(job_id, reason, final=final)
            raise
        async with self.database.transaction(acts) as tx:
            await CallRepository(tx).settle(job_id)

    async def _pack(self, tx: Transaction, call_id: UUID) -> _Parcel | None:
        call = await CallRepository(tx).find_waiting(call_id)
        organization = await OrganizationRepository(tx).find(tx.organization_id)
        if call is None or organization is None:
            return None
        body = orjson.dumps(payload(call.channel, self._message(call, tx, organization.name)))
        owner, at = tx.organization_id, call.channel_id
        url = await self.sealer.open(tx, owner, url_place(at), call.sealed_url)
        secret = None
        if call.sealed_secret is not None:
            secret = await self.sealer.open(tx, owner, secret_place(at), call.sealed_secret)
        return _Parcel(url.decode(), secret.decode() if secret else None, body)

    def _message(self, call: Call, tx: Transaction, organization: str) -> Message:
        said = words(call.category, call.kind, call.facts, call.language)
        return Message(
            notice_id=call.notice_id,
            organization_id=tx.organization_id,
            organization=organization,
            category=call.category,
            kind=call.kind,
            about=call.about,
            severity=call.severity,
            facts=call.facts,
            title=said.title,
            body=said.body,
            link=self.app_url.rstrip("/") + call.link,
            raised_at=call.raised_at,
        )

    def _headers(self, call_id: UUID, parcel: _Parcel) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "finops-notices"}
        if parcel.secret is None:
            return headers
        return headers | signature(parcel.secret, call_id, self.clock(), parcel.body)


def url_place(channel_id: UUID) -> str:
    """What the address of a channel is sealed to."""
    return f"notice_channels.sealed_url.{channel_id}"


def secret_place(channel_id: UUID) -> str:
    """What the secret of a channel is sealed to."""
    return f"notice_channels.sealed_secret.{channel_id}"
