"""Invitations in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from finops_common.contracts.org_rbac import OrganizationRole
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_common.schemas import email_key
from finops_org_rbac.invitations.domain import LIFE, Invitation
from finops_org_rbac.invitations.tables import invitations
from finops_org_rbac.people.tables import people

_c = invitations.c
_COLUMNS = (
    _c.company_id,
    _c.id,
    _c.email,
    _c.owner,
    _c.roles,
    _c.language,
    _c.state,
    _c.invited_by,
    _c.created_at,
    _c.sent_at,
    _c.expires_at,
)


class InvitationRepository:
    """Invitations of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(
        self,
        invitation_id: UUID,
        email: str,
        token_hash: bytes,
        by: UUID,
        language: str,
        *,
        owner: bool,
        roles: tuple[OrganizationRole, ...],
    ) -> Invitation:
        """Write one; older pending ones to the same address are replaced by it."""
        older = update(invitations).where(
            _c.company_id == self._tx.company_id,
            _c.email_key == email_key(email),
            _c.state == "pending",
        )
        await self._tx.execute(older.values(state="cancelled"))
        new = insert(invitations).values(
            company_id=self._tx.company_id,
            id=invitation_id,
            email=email,
            email_key=email_key(email),
            owner=owner,
            roles=[role.model_dump(mode="json") for role in roles],
            language=language,
            token_hash=token_hash,
            invited_by=by,
            created_at=self._tx.now,
            sent_at=self._tx.now,
            expires_at=self._tx.now + LIFE,
        )
        return _made(await self._tx.one(new.returning(*_COLUMNS)))

    async def find(self, invitation_id: UUID) -> Invitation | None:
        row = await self._tx.one_or_none(self._mine().where(_c.id == invitation_id))
        return None if row is None else _made(row)

    async def get(self, invitation_id: UUID) -> Invitation:
        """The invitation; its row is locked."""
        row = await self._tx.one_or_none(
            self._mine().where(_c.id == invitation_id).with_for_update()
        )
        if row is None:
            raise NotFound
        return _made(row)

    async def by_token(self, token_hash: bytes) -> Invitation | None:
        """The invitation whose link this is; in system scope, for the company is not known yet."""
        row = await self._tx.one_or_none(select(*_COLUMNS).where(_c.token_hash == token_hash))
        return None if row is None else _made(row)

    async def set_state(self, invitation_id: UUID, state: str) -> None:
        change = update(invitations).where(
            _c.company_id == self._tx.company_id, _c.id == invitation_id
        )
        await self._tx.execute(change.values(state=state))

    async def send_again(self, invitation_id: UUID, token_hash: bytes) -> Invitation:
        """Another link; the one before stops working."""
        change = update(invitations).where(
            _c.company_id == self._tx.company_id, _c.id == invitation_id
        )
        values = {
            "token_hash": token_hash,
            "sent_at": self._tx.now,
            "expires_at": self._tx.now + LIFE,
        }
        return _made(await self._tx.one(change.values(**values).returning(*_COLUMNS)))

    async def cancel_of(self, user_id: UUID) -> None:
        """End what is pending for the person's address."""
        address = select(people.c.email_key).where(people.c.user_id == user_id).scalar_subquery()
        pending = update(invitations).where(
            _c.company_id == self._tx.company_id, _c.state == "pending"
        )
        await self._tx.execute(pending.where(_c.email_key == address).values(state="cancelled"))

    async def page(self, request: PageRequest) -> Page[Invitation]:
        return await read_page(
            self._tx,
            self._mine(),
            request,
            sortable={"created_at": _c.created_at, "email": _c.email, "expires_at": _c.expires_at},
            default="-created_at",
            unique=_c.id,
            make=_made,
        )

    def _mine(self) -> Select[Any]:
        return select(*_COLUMNS).where(_c.company_id == self._tx.company_id)


def _made(row: Row[Any]) -> Invitation:
    values = {column.name: row._mapping[column.name] for column in _COLUMNS}
    values["roles"] = tuple(OrganizationRole.model_validate(role) for role in row.roles)
    return Invitation(**values)
