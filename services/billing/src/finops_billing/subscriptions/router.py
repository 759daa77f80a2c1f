"""HTTP of subscriptions."""

from uuid import UUID

from finops_billing.dependencies import MayChangeBilling, MayReadBilling, Subscriptions
from finops_billing.problems import AlreadySubscribed, TrialNotOffered, TrialUsed
from finops_billing.subscriptions import schemas
from finops_billing.subscriptions.domain import Order, Subscription
from finops_billing.subscriptions.service import Overview
from finops_common.auth.dependencies import company_router
from finops_common.errors.http import problems
from finops_common.once import Once

router = company_router("/subscriptions", "subscriptions")
overview = company_router("/overview", "subscriptions")


@overview.get("", summary="A company's subscriptions at a glance")
async def get_subscription_overview(
    caller: MayReadBilling, subscriptions: Subscriptions
) -> schemas.SubscriptionOverview:
    """Edition, state, trial end, next invoice, what each is tied to, and the history."""
    return _overview(await subscriptions.overview(caller))


@router.post(
    "",
    status_code=201,
    summary="Subscribe to an edition",
    responses=problems(TrialUsed, TrialNotOffered, AlreadySubscribed),
)
async def subscribe(
    body: schemas.NewSubscription,
    caller: MayChangeBilling,
    subscriptions: Subscriptions,
    once: Once,
) -> schemas.SubscriptionView:
    """A trial needs no payment data and is given once; another edition ends it."""
    order = Order(body.edition, tuple(sorted(set(body.cloud_account_ids))))
    return _view(await once(caller, lambda new_id: subscriptions.subscribe(caller, new_id, order)))


@router.post("/{subscription_id}/cancellation", summary="Cancel a subscription")
async def cancel_subscription(
    subscription_id: UUID, caller: MayChangeBilling, subscriptions: Subscriptions
) -> schemas.SubscriptionView:
    """It ends now; repeating it changes nothing."""
    return _view(await subscriptions.cancel(caller, subscription_id))


def _overview(found: Overview) -> schemas.SubscriptionOverview:
    whole = [each for each in found.subscriptions if each.edition != "autosavings"]
    main = next((each for each in whole if each.state != "cancelled"), None)
    return schemas.SubscriptionOverview(
        company_id=found.company_id,
        edition=main.edition if main else None,
        state=main.state if main else None,
        trial_ends_at=main.trial_ends_at if main else None,
        next_invoice_on=found.next_invoice.on,
        no_invoice_because=found.next_invoice.why_none,
        entitlements=sorted(found.entitlements),
        subscriptions=[_view(each) for each in found.subscriptions],
        history=[
            schemas.SubscriptionStateChange.model_validate(each, from_attributes=True)
            for each in found.history
        ],
    )


def _view(found: Subscription) -> schemas.SubscriptionView:
    tied = schemas.TiedTo(
        kind="cloud_accounts" if found.cloud_account_ids else "company",
        cloud_account_ids=list(found.cloud_account_ids),
    )
    return schemas.SubscriptionView(
        id=found.id,
        edition=found.edition,
        state=found.state,
        price_list_version=found.price_list_version,
        currency=found.currency,
        tied_to=tied,
        trial_ends_at=found.trial_ends_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
    )
