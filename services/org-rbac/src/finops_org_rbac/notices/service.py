"""What a person does with their notices."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.notices import Category
from finops_common.contracts.org_rbac import (
    NoticeAcknowledged,
    NoticeMuted,
    NoticePreferencesChanged,
    NoticeUnmuted,
)
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import FieldError, InvalidInput
from finops_common.i18n import Language
from finops_common.pagination import Page, PageRequest
from finops_org_rbac.access.service import AccessService
from finops_org_rbac.notices.choices import ChoiceRepository
from finops_org_rbac.notices.domain import FOR_OWNERS, Item, Preference, State
from finops_org_rbac.notices.mailing import Failure, MailRepository
from finops_org_rbac.notices.repository import InboxRepository, NoticeRepository
from finops_org_rbac.people.repository import PersonRepository
from finops_org_rbac.problems import NoticeNeeded


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of an inbox and the language its person reads."""

    page: Page[Item]
    language: Language


class NoticeService:
    """Use cases of a person's own notices."""

    def __init__(self, database: Database, access: AccessService) -> None:
        self._database = database
        self._access = access

    async def page(
        self, caller: Caller, request: PageRequest, state: State, category: Category | None
    ) -> Inbox:
        """The caller's notices from organizations they still reach."""
        reached = await self._reached(caller)
        async with self._database.transaction(caller.personally) as tx:
            page = await InboxRepository(tx, reached).page(request, state, category)
            return Inbox(page, await _language(tx))

    async def unread(self, caller: Caller) -> dict[str, int]:
        """How many are unread, by category."""
        reached = await self._reached(caller)
        async with self._database.transaction(caller.personally) as tx:
            return await InboxRepository(tx, reached).unread()

    async def set_read(self, caller: Caller, item_id: UUID, *, read: bool) -> None:
        """Mark one as read or unread. Raises NotFound."""
        reached = await self._reached(caller)
        async with self._database.transaction(caller.personally) as tx:
            await InboxRepository(tx, reached).set_read(item_id, read=read)

    async def read_until(self, caller: Caller, item_id: UUID) -> None:
        """Mark it and all before it as read; what came since stays unread. Raises NotFound."""
        reached = await self._reached(caller)
        async with self._database.transaction(caller.personally) as tx:
            inbox = InboxRepository(tx, reached)
            await inbox.get(item_id)
            await inbox.read_until(item_id)

    async def acknowledge(self, caller: Caller, item_id: UUID) -> None:
        """Take note of it for the organization; who was first stays. Raises NotFound."""
        item = await self._item(caller, item_id)
        scope = scopes.organization(item.company_id, item.organization_id)
        async with self._database.transaction(Acting(scope, caller.origin)) as tx:
            if await NoticeRepository(tx).acknowledge(item, caller.user_id):
                tx.publish(NoticeAcknowledged(user_id=caller.user_id, **_facts(item)))

    async def mute(self, caller: Caller, item_id: UUID, until: datetime | None) -> None:
        """Hear no more of its kind about what it is about, or not before then.

        Raises:
            NotFound. InvalidInput: that instant has passed.
        """
        item = await self._item(caller, item_id)
        async with self._database.transaction(caller.personally) as tx:
            if until is not None and until <= tx.now:
                passed = FieldError("body.until", "value_error", "Must be in the future")
                raise InvalidInput(errors=(passed,))
            if await ChoiceRepository(tx).mute(item, until):
                muted = NoticeMuted(user_id=caller.user_id, until=until, **_facts(item))
                tx.publish(muted, company_id=item.company_id, organization_id=item.organization_id)

    async def unmute(self, caller: Caller, item_id: UUID) -> None:
        """Hear of it again. Raises NotFound."""
        item = await self._item(caller, item_id)
        async with self._database.transaction(caller.personally) as tx:
            if await ChoiceRepository(tx).unmute(item):
                heard = NoticeUnmuted(user_id=caller.user_id, **_facts(item))
                tx.publish(heard, company_id=item.company_id, organization_id=item.organization_id)

    async def preferences(self, caller: Caller) -> tuple[dict[Category, Preference], Language]:
        """What the caller chose, defaults for the rest; and their language."""
        async with self._database.transaction(caller.personally) as tx:
            return await ChoiceRepository(tx).preferences(), await _language(tx)

    async def choose(self, caller: Caller, category: Category, wanted: Preference) -> None:
        """Be told of a category another way.

        Raises:
            NoticeNeeded: Owners must be told of security and money, in the inbox and by mail.
        """
        mine = await self._access.mine(caller)
        owner = any(each.owner and each.status == "active" for each in mine)
        if owner and category in FOR_OWNERS and wanted.silent:
            raise NoticeNeeded
        async with self._database.transaction(caller.personally) as tx:
            choices = ChoiceRepository(tx)
            await choices.lock()
            before = (await choices.preferences())[category]
            if before == wanted:
                return
            version = await choices.choose(category, wanted)
            changed = NoticePreferencesChanged(
                user_id=caller.user_id,
                category=category,
                before={"inbox": before.inbox, "mails": before.mails},
                after={"inbox": wanted.inbox, "mails": wanted.mails},
            )
            tx.publish(changed, version=version)

    async def failures(self, caller: Caller, request: PageRequest) -> Page[Failure]:
        """Mails about notices that did not reach members of the caller's company."""
        async with self._database.transaction(caller) as tx:
            return await MailRepository(tx).page_of_failures(request)

    async def _item(self, caller: Caller, item_id: UUID) -> Item:
        reached = await self._reached(caller)
        async with self._database.transaction(caller.personally) as tx:
            return await InboxRepository(tx, reached).get(item_id)

    async def _reached(self, caller: Caller) -> set[UUID]:
        # Asked each time: who lost an organization no longer reads what it said.
        mine = await self._access.mine(caller)
        return {each.id for company in mine for each in company.organizations}


async def _language(tx: Transaction) -> Language:
    person = await PersonRepository(tx).find(tx.person_id)
    return person.language if person else "en"


def _facts(item: Item) -> dict[str, object]:
    return {
        "company_id": item.company_id,
        "organization_id": item.organization_id,
        "notice_id": item.notice_id,
        "kind": item.kind,
        "about": item.about,
    }
