"""How drafts are shown."""

from typing import Any

from pydantic import TypeAdapter

from finops_common.i18n import Language
from finops_ingestion.drafts import schemas
from finops_ingestion.drafts.domain import KEPT, AccountDraft
from finops_ingestion.drafts.texts import INSTRUCTIONS, TITLES

_KNOWN: TypeAdapter[Any] = TypeAdapter(schemas.KnownAnswers)


def draft_view(
    draft: AccountDraft, language: Language, link: str | None
) -> schemas.AccountDraftView:
    """The draft, with what is next in `language`; never anything of its credentials."""
    step = draft.next
    return schemas.AccountDraftView(
        id=draft.id,
        provider=draft.provider,
        answers=_KNOWN.validate_python({"provider": draft.provider, **draft.answers}),
        credentials_given=draft.sealed is not None,
        next=schemas.NextStepView(
            step=step.name,
            title=TITLES[step.name].render(language),
            instruction=INSTRUCTIONS[draft.provider, step.name].render(language),
            missing=list(draft.missing(step)),
            optional=list(step.optional),
            link=link,
        ),
        steps=[
            schemas.StepView(
                step=each.name,
                title=TITLES[each.name].render(language),
                done=each.name != "register" and not draft.missing(each),
            )
            for each in draft.steps
        ],
        created_by=draft.created_by,
        version=draft.version,
        created_at=draft.created_at,
        changed_at=draft.changed_at,
        expires_at=draft.changed_at + KEPT,
    )


def summary_view(draft: AccountDraft) -> schemas.AccountDraftSummary:
    """The draft in a list."""
    return schemas.AccountDraftSummary(
        id=draft.id,
        provider=draft.provider,
        account_id=draft.answers.get("account_id"),
        name=draft.answers.get("name"),
        next_step=draft.next.name,
        created_by=draft.created_by,
        created_at=draft.created_at,
        changed_at=draft.changed_at,
        expires_at=draft.changed_at + KEPT,
    )
