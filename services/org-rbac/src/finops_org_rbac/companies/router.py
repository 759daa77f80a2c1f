"""HTTP of companies."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import MayChangeMyself, company_router, current_caller
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_org_rbac.companies import schemas
from finops_org_rbac.companies.domain import Company
from finops_org_rbac.dependencies import Companies

router = APIRouter(prefix="/companies", tags=["companies"], responses=problems())
company = company_router("", "companies")
MayReadCompany = Annotated[Caller, Security(current_caller, scopes=["organizations:view"])]
MayChangeCompany = Annotated[Caller, Security(current_caller, scopes=["settings:edit"])]


@router.post("", status_code=201, summary="Create a company")
async def create_company(
    body: schemas.NewCompany, caller: MayChangeMyself, companies: Companies, once: Once
) -> schemas.CompanyView:
    """The caller becomes its Owner."""
    made = await once(caller, lambda new_id: companies.create(caller, new_id, body.model_dump()))
    return _view(made)


@company.get("", summary="A company")
async def get_company(
    caller: MayReadCompany, companies: Companies, response: Response
) -> schemas.CompanyView:
    """Its particulars; the ETag serves `If-Match`."""
    found = await companies.get(caller)
    set_etag(response, found.version)
    return _view(found)


@company.patch("", summary="Change a company", responses=problems(PreconditionFailed))
async def change_company(
    body: schemas.CompanyChange,
    caller: MayChangeCompany,
    companies: Companies,
    if_version: IfMatch,
    response: Response,
) -> schemas.CompanyView:
    """Set the fields that are sent."""
    changed = await companies.change(caller, body.model_dump(exclude_unset=True), if_version)
    set_etag(response, changed.version)
    return _view(changed)


def _view(found: Company) -> schemas.CompanyView:
    return schemas.CompanyView.model_validate(found, from_attributes=True)
