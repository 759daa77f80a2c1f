"""HTTP of the inventory."""

from datetime import UTC
from typing import Annotated

from fastapi import Depends, Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import Commitments, Now
from finops_commitments.inventory import schemas
from finops_commitments.inventory.domain import Kind
from finops_commitments.inventory.listing import SORTS, Narrowing
from finops_common.auth.dependencies import organization_router
from finops_common.errors.problem import FieldError, InvalidInput
from finops_common.schemas import Instant

router = organization_router("/inventory", "inventory")

Only = Annotated[str | None, Query(max_length=300)]


async def narrowing(
    id: Only = None,  # noqa: A002 - the column's name
    provider: Only = None,
    kind: Annotated[Kind | None, Query()] = None,
    type: Only = None,  # noqa: A002 - the column's name
    payer_account_id: Only = None,
    owner_account_id: Only = None,
    service: Only = None,
    region: Only = None,
    zone: Only = None,
    family: Only = None,
    instance_type: Only = None,
    platform: Only = None,
    tenancy: Only = None,
    currency: Only = None,
    payment_option: Only = None,
    state: Only = None,
    offering_class: Only = None,
    activity: Annotated[schemas.Activity | None, Query(description="at the instant `at`")] = None,
    expires_within_days: Annotated[int | None, Query(ge=0, le=3650)] = None,
) -> Narrowing:
    """The filters of the request."""
    given = {
        "id": id,
        "provider": provider,
        "kind": kind,
        "type": type,
        "payer_account_id": payer_account_id,
        "owner_account_id": owner_account_id,
        "service": service,
        "region": region,
        "zone": zone,
        "family": family,
        "instance_type": instance_type,
        "platform": platform,
        "tenancy": tenancy,
        "currency": currency,
        "payment_option": payment_option,
        "state": state,
        "offering_class": offering_class,
    }
    return Narrowing(
        texts={name: value for name, value in given.items() if value is not None},
        active=None if activity is None else activity == "active",
        expires_within_days=expires_within_days,
    )


@router.get("", summary="Commitments")
async def list_commitments(
    caller: MayRead,
    commitments: Commitments,
    now: Now,
    filters: Annotated[Narrowing, Depends(narrowing)],
    at: Annotated[Instant | None, Query(description="as they stood then; now")] = None,
    sort: Annotated[str, Query(description="column, descending behind a minus")] = "id",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.InventoryView:
    """What the provider lists, filled up with what the bill shows."""
    if sort.removeprefix("-") not in SORTS:
        wrong = FieldError("query.sort", "value_error", f"must be one of {', '.join(SORTS)}")
        raise InvalidInput(errors=(wrong,))
    instant = at.astimezone(UTC) if at else now
    found = await commitments.page(caller, instant, filters, sort, offset, limit)
    end = offset + len(found.items)
    return schemas.InventoryView(
        at=instant,
        listed_at=found.listed_at,
        as_of=found.as_of,
        finality=found.finality,
        count=found.count,
        totals=[schemas.total_view(each) for each in found.totals],
        items=[schemas.commitment_view(each) for each in found.items],
        next_offset=end if end < found.count else None,
    )
