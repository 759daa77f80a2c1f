"""What org-rbac's events about companies mean here."""

from finops_billing.companies.repository import Company, CompanyRepository
from finops_common.contracts.org_rbac import CompanyChanged, CompanyCreated
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_company_changed(
    message: Envelope[CompanyCreated | CompanyChanged], tx: Transaction
) -> None:
    """Keep where a company is and in which currency it pays."""
    said = message.data
    # The first version of a company is announced without its number.
    company = Company(said.company_id, said.region, said.currency, message.version or 1)
    await CompanyRepository(tx).keep(company)
