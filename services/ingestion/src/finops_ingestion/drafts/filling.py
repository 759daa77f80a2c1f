"""From what is sent to what is kept, and from what is kept to a registration."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr, TypeAdapter

from finops_ingestion.connections.clouds_schemas import NewAzureAccount, NewGoogleAccount
from finops_ingestion.connections.domain import Registration
from finops_ingestion.connections.schemas import NewAwsAccount, NewCloudAccount
from finops_ingestion.drafts.domain import AccountDraft
from finops_ingestion.drafts.schemas import AwsAnswers, AzureDraft, GoogleDraft

_NEW: TypeAdapter[NewAwsAccount | NewAzureAccount | NewGoogleAccount] = TypeAdapter(NewCloudAccount)


def given_in(body: AwsAnswers | AzureDraft | GoogleDraft) -> dict[str, Any]:
    """What was sent, by field, as JSON can hold it: secrets as they are, to be sealed."""
    given = body.model_dump(mode="json", exclude_unset=True, exclude={"provider", "credentials"})
    if "capabilities" in given and given["capabilities"] is not None:
        given["capabilities"] = sorted(given["capabilities"])
    if "credentials" in body.model_fields_set:
        opened = getattr(body, "credentials", None)
        given["credentials"] = None if opened is None else _revealed(opened.model_dump())
    return given


def registration_of(draft: AccountDraft, credentials: Mapping[str, Any] | None) -> Registration:
    """A complete draft as connections take it."""
    answers = {name: v for name, v in draft.answers.items() if name != "export_bucket"}
    if credentials is not None:
        answers["credentials"] = credentials
    return _NEW.validate_python({"provider": draft.provider, **answers}).registration()


def _revealed(value: Any) -> Any:  # noqa: ANN401 - whatever a model holds
    if isinstance(value, dict):
        return {name: _revealed(each) for name, each in value.items()}
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return None if value is None else str(value)
