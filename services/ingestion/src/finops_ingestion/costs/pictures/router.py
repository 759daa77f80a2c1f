"""HTTP of pictures of costs."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Response

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.i18n import Language
from finops_common.pictures.domain import Format, Picture
from finops_common.pictures.http import ANSWER, picture_response
from finops_ingestion.costs.domain import AskedCosts, Dimension, Metric, Question
from finops_ingestion.costs.filters import Filters, dimensions_asked
from finops_ingestion.costs.pictures.domain import MOST_ROWS, MOST_STACKS
from finops_ingestion.costs.pictures.service import PictureService
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import (
    Asked,
    By,
    Compared,
    ConvertTo,
    Currency,
    MayRead,
    Sources,
)
from finops_ingestion.dependencies import Pictures, SpeaksLanguage

router = organization_router("/costs/pictures", "costs")

SERVICE = Dimension("service")
_ANSWERS = {**ANSWER, **problems(QuestionTooLarge)}
Form = Annotated[Format, Query(alias="format")]
Stacks = Annotated[
    int, Query(ge=1, le=MOST_STACKS, description="groups shown; others are the rest")
]
Rows = Annotated[int, Query(ge=1, le=MOST_ROWS, description="groups shown; others are the rest")]


async def _asked(
    days: Asked,
    filters: Filters,
    metric: Metric = "amortised",
    by: By = None,
    source: Sources = None,
    currency: Currency = None,
    convert_to: ConvertTo = None,
) -> AskedCosts:
    """What pictures of costs ask alike."""
    question = Question(
        days=days,
        metric=metric,
        granularity="total",
        by=dimensions_asked(by or ()),
        filters=filters,
        currency=currency,
    )
    return AskedCosts(question, tuple(source or ()), convert_to)


Pictured = Annotated[AskedCosts, Depends(_asked)]


@router.get("/days", summary="Picture of costs by day", response_class=Response, responses=_ANSWERS)
async def draw_days(
    caller: MayRead,
    pictures: Pictures,
    language: SpeaksLanguage,
    asked: Pictured,
    top: Stacks = 6,
    form: Form = "svg",
) -> Response:
    """Columns by day, stacked by the largest groups and the rest, of what `GET …/costs` answers with granularity=day. One picture is of one currency: where bills have several, name one or convert. Words are in the language of Accept-Language."""
    question = replace(asked.question, granularity="day", top=top)
    picture = await pictures.days(caller, question, asked.sources, asked.convert_to, language)
    return await _answer(pictures, picture, form, language)


@router.get(
    "/groups", summary="Picture of costs by group", response_class=Response, responses=_ANSWERS
)
async def draw_groups(
    caller: MayRead,
    pictures: Pictures,
    language: SpeaksLanguage,
    asked: Pictured,
    top: Rows = 10,
    form: Form = "svg",
) -> Response:
    """Bars of the largest groups, largest first, and of the rest, of what `GET …/costs` answers; by service unless said otherwise. One picture is of one currency: where bills have several, name one or convert. Words are in the language of Accept-Language."""
    question = replace(asked.question, by=asked.question.by or (SERVICE,), top=top)
    picture = await pictures.groups(caller, question, asked.sources, asked.convert_to, language)
    return await _answer(pictures, picture, form, language)


@router.get(
    "/bridge", summary="Picture of the bill bridge", response_class=Response, responses=_ANSWERS
)
async def draw_bridge(
    caller: MayRead,
    pictures: Pictures,
    language: SpeaksLanguage,
    days: Asked,
    against: Compared,
    filters: Filters,
    by: By = None,
    source: Sources = None,
    currency: Currency = None,
    top: Rows = 10,
    form: Form = "svg",
) -> Response:
    """A waterfall of what `GET …/costs/bridge` answers: before, what each effect changed (or each group, where `by` names dimensions), after. One picture is of one currency: where bills have several, name one. Words are in the language of Accept-Language."""
    question = Question(
        days=days,
        by=dimensions_asked(by or ()),
        filters=filters,
        currency=currency,
        top=top,
    )
    picture = await pictures.bridge(caller, question, against, source or (), language)
    return await _answer(pictures, picture, form, language)


async def _answer(
    pictures: PictureService, picture: Picture, form: Format, language: Language
) -> Response:
    return picture_response(await pictures.draw(picture, form), form, language)
