"""Drafting a registration, resuming it, and registering what was drafted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import Provider
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound, PreconditionFailed
from finops_common.pagination import Page, PageRequest
from finops_common.sealing import Sealer
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.schemas import ALL_READ
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.connections.stacks import StackService
from finops_ingestion.drafts.domain import MOST, AccountDraft
from finops_ingestion.drafts.filling import registration_of
from finops_ingestion.drafts.problems import DraftIncomplete, TooManyDrafts
from finops_ingestion.drafts.repository import DraftRepository, forget_old
from finops_ingestion.problems import OtherProvider


@dataclass(frozen=True)
class DraftService:
    """Use cases of drafts. Whoever may register in the organization sees and resumes them."""

    database: Database
    sealer: Sealer
    connections: ConnectionService
    stacks: StackService

    async def page(self, caller: Caller, request: PageRequest) -> Page[AccountDraft]:
        """Those of the caller's organization."""
        async with self.database.transaction(caller) as tx:
            return await DraftRepository(tx).page(request)

    async def get(self, caller: Caller, draft_id: UUID) -> AccountDraft:
        """One of them. Raises NotFound."""
        async with self.database.transaction(caller) as tx:
            return await DraftRepository(tx).get(draft_id)

    async def add(
        self, caller: Caller, draft_id: UUID, provider: Provider, given: Mapping[str, Any]
    ) -> AccountDraft:
        """Begin a draft with what is known already; a repeat begins no second one.

        Raises:
            TooManyDrafts.
        """
        async with self.database.transaction(caller) as tx:
            drafts = DraftRepository(tx)
            await drafts.lock()
            draft = await drafts.find(draft_id)
            if draft is not None:
                return draft
            if await drafts.count() >= MOST:
                raise TooManyDrafts(limit=MOST)
            return await self._fill(tx, await drafts.add(draft_id, provider, caller.user_id), given)

    async def fill(
        self,
        caller: Caller,
        draft_id: UUID,
        provider: Provider,
        given: Mapping[str, Any],
        if_version: int | None,
    ) -> AccountDraft:
        """Set the answers that are given; a null takes one back.

        Raises:
            NotFound. OtherProvider. PreconditionFailed: it has changed since it was read.
        """
        async with self.database.transaction(caller) as tx:
            draft = await DraftRepository(tx).get(draft_id, lock=True)
            if draft.provider != provider:
                raise OtherProvider(provider=draft.provider)
            # First: who repeats a change whose answer was lost names the version before it.
            if "credentials" not in given and _answered(draft, given) == draft.answers:
                return draft
            if if_version not in {None, draft.version}:
                raise PreconditionFailed
            return await self._fill(tx, draft, given)

    async def remove(self, caller: Caller, draft_id: UUID) -> None:
        """Delete it, with what it knows of credentials. Raises NotFound."""
        async with self.database.transaction(caller) as tx:
            drafts = DraftRepository(tx)
            await drafts.remove(await drafts.get(draft_id, lock=True))

    async def register(self, caller: Caller, draft_id: UUID) -> CloudAccount:
        """Register what was drafted, as in one call; the draft ends with it.

        The account gets the draft's id: who dies between the two, or asks twice, finds the
        account that was registered and registers no second one.

        Raises:
            NotFound. DraftIncomplete: naming the step and its fields.
            What `ConnectionService.register` raises: the draft stays, to be mended.
        """
        async with self.database.transaction(caller) as tx:
            draft = await DraftRepository(tx).find(draft_id)
            if draft is None:
                return await _registered(tx, draft_id)
            if missing := draft.missing(draft.next):
                raise DraftIncomplete(step=draft.next.name, missing=missing)
            opened = await self._opened(tx, draft)
        wanted = registration_of(draft, opened)
        account = await self.connections.register(caller, draft.id, wanted)
        async with self.database.transaction(caller) as tx:
            # What a colleague answered meanwhile is kept: registering again takes it over.
            await DraftRepository(tx).remove(draft)
        return account

    async def link(self, caller: Caller, draft: AccountDraft) -> str | None:
        """What opens the console for the next step; only AWS's stack has it."""
        if draft.provider != "AWS" or draft.next.name != "register" or not self.stacks.principal:
            return None
        wanted = frozenset(draft.answers.get("capabilities", ALL_READ))
        stack = await self.stacks.read_stack(
            caller, bucket=draft.answers["export_bucket"], leave_out=ALL_READ - wanted
        )
        return stack.quick_create_url

    async def sweep(self) -> None:
        """Delete drafts that nobody has changed for long."""
        async with self.database.transaction(Acting(SYSTEM)) as tx:
            await forget_old(tx)

    async def _fill(
        self, tx: Transaction, draft: AccountDraft, given: Mapping[str, Any]
    ) -> AccountDraft:
        answers, sealed = _answered(draft, given), draft.sealed
        if "credentials" in given:
            sealed = await self._sealed(tx, draft.id, given["credentials"])
        return await DraftRepository(tx).change(draft.id, answers=answers, sealed=sealed)

    async def _sealed(
        self, tx: Transaction, draft_id: UUID, given: Mapping[str, Any] | None
    ) -> bytes | None:
        if given is None:
            return None
        assert tx.organization_id is not None  # noqa: S101 - narrows for the type checker
        text = json.dumps(given).encode()
        return await self.sealer.seal(tx, tx.organization_id, _place(draft_id), text)

    async def _opened(self, tx: Transaction, draft: AccountDraft) -> dict[str, Any] | None:
        if draft.sealed is None:
            return None
        assert tx.organization_id is not None  # noqa: S101 - narrows for the type checker
        opened = await self.sealer.open(tx, tx.organization_id, _place(draft.id), draft.sealed)
        credentials: dict[str, Any] = json.loads(opened)
        return credentials


async def _registered(tx: Transaction, draft_id: UUID) -> CloudAccount:
    account = await AccountRepository(tx).find(draft_id)
    if account is None or account.organization_id != tx.organization_id:
        raise NotFound
    return account


def _answered(draft: AccountDraft, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {**draft.answers, **given}
    return {name: v for name, v in known.items() if v is not None and name != "credentials"}


def _place(draft_id: UUID) -> str:
    return f"account_drafts/sealed/{draft_id}"
