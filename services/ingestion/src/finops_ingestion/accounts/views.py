"""How cloud accounts are shown."""

from finops_common.i18n import Language
from finops_ingestion.accounts import schemas
from finops_ingestion.accounts.advice import advice_on
from finops_ingestion.accounts.domain import WRONG_FIELD, CloudAccount


def account_view(account: CloudAccount, language: Language) -> schemas.CloudAccountView:
    """The account, with advice in `language`; never anything of its credentials."""
    cause = account.connection_cause
    field = WRONG_FIELD.get(cause) if cause else None
    return schemas.CloudAccountView(
        id=account.id,
        provider=account.provider,
        account_id=account.account_id,
        payer_account_id=account.payer_account_id,
        name=account.name,
        origin=account.origin,
        connection=schemas.ConnectionView(
            status=account.connection,
            cause=cause,
            field=field,
            advice=advice_on(cause, language),
        ),
        collection=schemas.CollectionView(
            status=account.collection, cause=account.collection_cause
        ),
        capabilities=sorted(account.capabilities),
        export_name=account.export_name,
        place=schemas.place_view(account.place),
        credentials_version=account.credentials_version,
        registered_at=account.proven_at,
        checked_at=account.checked_at,
        created_at=account.created_at,
        detached_at=account.detached_at,
    )


def linked_view(account: CloudAccount) -> schemas.LinkedAccountView:
    """A linked account, as Owners give it to organizations."""
    return schemas.LinkedAccountView.model_validate(account, from_attributes=True)
