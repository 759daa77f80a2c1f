"""What Owners do with the channels of an organization."""

import base64
import secrets
from dataclasses import dataclass
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.contracts.notices import Category, Severity
from finops_common.contracts.org_rbac import NoticeChannelAdded, NoticeChannelRemoved
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import FieldError, InvalidInput, NotFound
from finops_common.i18n import Language
from finops_common.sealing import Sealer
from finops_org_rbac.channels.adapters import AddressRefusedError, Outgoing
from finops_org_rbac.channels.courier import secret_place, url_place
from finops_org_rbac.channels.domain import MOST, SECRET, Channel, Kind
from finops_org_rbac.channels.repository import ChannelRepository
from finops_org_rbac.problems import TooManyChannels


@dataclass(frozen=True, slots=True)
class NewChannel:
    """What an Owner says of a channel."""

    kind: Kind
    name: str
    url: str
    language: Language
    categories: tuple[Category, ...]
    severity: Severity


class ChannelService:
    """Use cases of channels."""

    def __init__(self, database: Database, sealer: Sealer, outgoing: Outgoing) -> None:
        self._database = database
        self._sealer = sealer
        self._outgoing = outgoing

    async def add(
        self, caller: Caller, channel_id: UUID, wanted: NewChannel
    ) -> tuple[Channel, str | None]:
        """Make a channel, or find the one with this id; a webhook with its secret.

        Raises:
            InvalidInput: the address may not be called. TooManyChannels: there are twenty.
        """
        host = self._host(wanted.url)
        async with self._database.transaction(caller) as tx:
            channels = ChannelRepository(tx)
            count = await channels.lock()
            if await channels.find(channel_id) is None:
                if count >= MOST:
                    raise TooManyChannels(limit=MOST)
                await self._write(tx, channel_id, wanted, host)
                said = {"kind": wanted.kind, "host": host, "categories": wanted.categories}
                tx.publish(NoticeChannelAdded(**_facts(tx, channel_id, wanted.name), after=said))
            return await self._made(tx, channel_id)

    async def list_all(self, caller: Caller) -> list[Channel]:
        """The organization's, with what did not get through."""
        async with self._database.transaction(caller) as tx:
            return await ChannelRepository(tx).list_all()

    async def remove(self, caller: Caller, channel_id: UUID) -> None:
        """It is told of nothing more, of what waits neither. Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            channels = ChannelRepository(tx)
            await channels.lock()
            found = await channels.find(channel_id)
            if found is None:
                raise NotFound
            await channels.remove(channel_id)
            said = {"kind": found.kind, "host": found.host, "categories": found.categories}
            tx.publish(NoticeChannelRemoved(**_facts(tx, channel_id, found.name), before=said))

    async def _write(
        self, tx: Transaction, channel_id: UUID, wanted: NewChannel, host: str
    ) -> None:
        owner, sealed = tx.organization_id, None
        if wanted.kind == "webhook":
            secret = SECRET + base64.b64encode(secrets.token_bytes(32)).decode()
            place = secret_place(channel_id)
            sealed = await self._sealer.seal(tx, owner, place, secret.encode())
        url = await self._sealer.seal(tx, owner, url_place(channel_id), wanted.url.encode())
        await ChannelRepository(tx).add(
            channel_id,
            kind=wanted.kind,
            name=wanted.name,
            language=wanted.language,
            categories=list(wanted.categories),
            severity=wanted.severity,
            host=host,
            sealed_url=url,
            sealed_secret=sealed,
        )

    async def _made(self, tx: Transaction, channel_id: UUID) -> tuple[Channel, str | None]:
        channels = ChannelRepository(tx)
        made = await channels.find(channel_id)
        if made is None:
            raise NotFound
        sealed = await channels.sealed_secret(channel_id)
        if sealed is None:
            return made, None
        place = secret_place(channel_id)
        return made, (await self._sealer.open(tx, tx.organization_id, place, sealed)).decode()

    def _host(self, url: str) -> str:
        try:
            return self._outgoing.check(url).hostname or ""
        except AddressRefusedError as error:
            raise InvalidInput(errors=(FieldError("body.url", "refused", str(error)),)) from None
        except ValueError:
            wrong = FieldError("body.url", "malformed", "must be an address")
            raise InvalidInput(errors=(wrong,)) from None


def _facts(tx: Transaction, channel_id: UUID, name: str) -> dict[str, object]:
    return {
        "company_id": tx.company_id,
        "organization_id": tx.organization_id,
        "channel_id": channel_id,
        "channel_name": name,
    }
