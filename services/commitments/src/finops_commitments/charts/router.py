"""HTTP of charts."""

from datetime import UTC
from typing import Annotated

from fastapi import Depends, Query, Response

from finops_commitments.access import MayRead
from finops_commitments.dependencies import Charts, Now, SpeaksLanguage
from finops_commitments.expiries.router import At, Windows
from finops_commitments.figures.domain import Period
from finops_commitments.figures.router import Chosen, Currency, Window
from finops_commitments.figures.service import Wanted
from finops_commitments.problems import CurrencyNeeded, TooManyCells
from finops_commitments.recommendations.schemas import LookBack
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.i18n import Language
from finops_common.pictures.domain import Format, Picture
from finops_common.pictures.http import ANSWER, picture_response

router = organization_router("/charts", "charts")
_ANSWERS = ANSWER | problems(CurrencyNeeded, TooManyCells)
Form = Annotated[Format, Query(alias="format")]


async def _asked(
    within: Window,
    filters: Chosen,
    by: Annotated[Period, Query(description="a column per UTC hour, day or month")] = Period.DAY,
    currency: Currency = None,
) -> Wanted:
    return Wanted(*within, by, (), filters, currency)


Charted = Annotated[Wanted, Depends(_asked)]


@router.get(
    "/utilization", summary="Chart of utilization", response_class=Response, responses=_ANSWERS
)
async def draw_utilization(
    caller: MayRead, charts: Charts, language: SpeaksLanguage, asked: Charted, form: Form = "svg"
) -> Response:
    """Used and unused commitment by period, of what `GET …/utilization` answers, at most 366 columns. One chart is of one currency; words are in the language of Accept-Language."""
    picture = await charts.figures(caller, "utilization", asked, language)
    return await _answer(charts, picture, form, language)


@router.get("/coverage", summary="Chart of coverage", response_class=Response, responses=_ANSWERS)
async def draw_coverage(
    caller: MayRead, charts: Charts, language: SpeaksLanguage, asked: Charted, form: Form = "svg"
) -> Response:
    """Usage covered by own and shared commitments and on-demand usage by period, of what `GET …/coverage` answers, at most 366 columns. One chart is of one currency; words are in the language of Accept-Language."""
    picture = await charts.figures(caller, "coverage", asked, language)
    return await _answer(charts, picture, form, language)


@router.get(
    "/recommendations",
    summary="Chart of recommendation alternatives",
    response_class=Response,
    responses=_ANSWERS,
)
async def draw_recommendations(
    caller: MayRead,
    charts: Charts,
    language: SpeaksLanguage,
    look_back: Annotated[LookBack, Query(description="days")] = LookBack.QUARTER,
    payer: Annotated[str | None, Query(max_length=300, description="only this payer's")] = None,
    currency: Currency = None,
    form: Form = "svg",
) -> Response:
    """What each Compute plan of `GET …/recommendations` that is worth buying saves a month, the most first. One chart is of one currency and at most 30 variants; words are in the language of Accept-Language."""
    picture = await charts.recommendations(caller, look_back, (payer, currency), language)
    return await _answer(charts, picture, form, language)


@router.get(
    "/expiries", summary="Chart of the expiry cliff", response_class=Response, responses=_ANSWERS
)
async def draw_expiries(
    caller: MayRead,
    charts: Charts,
    now: Now,
    language: SpeaksLanguage,
    at: At = None,
    windows: Windows = 12,
    currency: Currency = None,
    form: Form = "svg",
) -> Response:
    """What ends in each 30 days of `GET …/expiries`: the cost of the commitments and what they save. One chart is of one currency; words are in the language of Accept-Language."""
    instant = at.astimezone(UTC) if at else now
    picture = await charts.expiries(caller, instant, windows, currency, language)
    return await _answer(charts, picture, form, language)


async def _answer(charts: Charts, picture: Picture, form: Format, language: Language) -> Response:
    return picture_response(await charts.draw(picture, form), form, language)
