"""Finds who should know of a notice and puts it before them, once."""

from uuid import UUID

from finops_common.contracts.notices import Notice
from finops_common.db.transaction import Transaction
from finops_org_rbac.channels.repository import call_channels
from finops_org_rbac.companies.repository import CompanyRepository
from finops_org_rbac.notices.domain import Mails, addressed, item_id, told
from finops_org_rbac.notices.mailing import MailRepository
from finops_org_rbac.notices.repository import NoticeRepository
from finops_org_rbac.organizations.repository import OrganizationRepository


async def deliver(tx: Transaction, notice: Notice) -> None:
    """Into inbox and mails of everybody who is meant, and to the organization's channels.

    Nothing when the notice was raised before, or its organization is gone.
    """
    company = await CompanyRepository(tx).find()
    if company is None or await OrganizationRepository(tx).find(notice.organization_id) is None:
        return
    repository = NoticeRepository(tx)
    if not await repository.add(notice):
        return
    # In the order of their ids: two notices at once lock open digests alike.
    candidates = await repository.candidates(notice)
    for each in addressed(candidates, notice.permission, notice.user_ids):
        way = told(each, notice.category)
        mail_id = await _mail(tx, notice, each.user_id, way.mails, company.time_zone)
        if way.inbox or mail_id:
            await repository.deliver(notice, each.user_id, shown=way.inbox, mail_id=mail_id)
    await call_channels(tx, notice)


async def _mail(
    tx: Transaction, notice: Notice, user_id: UUID, mails: Mails, time_zone: str
) -> UUID | None:
    if mails == "off":
        return None
    if mails == "digest":
        return await MailRepository(tx).open_digest(user_id, time_zone)
    own = item_id(notice.organization_id, notice.notice_id, user_id)
    return await MailRepository(tx).open_alone(own, user_id)
