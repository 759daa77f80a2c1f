"""Asks what charts show, and has them drawn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from finops_commitments.charts.domain import MOST_COLUMNS, MOST_ROWS, Ending
from finops_commitments.charts.wording import Wording
from finops_commitments.expiries.service import ExpiryService
from finops_commitments.exports.sheets import FigureNoun
from finops_commitments.figures.domain import Period
from finops_commitments.figures.measures import end_of
from finops_commitments.figures.service import FigureService, Wanted
from finops_commitments.problems import CurrencyNeeded, TooManyCells
from finops_commitments.recommendations.service import RecommendationService
from finops_commitments.recommendations.variants import BROAD
from finops_common.auth.caller import Caller
from finops_common.i18n import Language
from finops_common.pictures.domain import DaysPicture, Format, Picture, RowsPicture
from finops_common.pictures.http import Drawers

_WINDOW_DAYS = 30


class ChartService:
    """The use cases of charts."""

    def __init__(
        self,
        figures: FigureService,
        recommendations: RecommendationService,
        expiries: ExpiryService,
    ) -> None:
        self._figures = figures
        self._recommendations = recommendations
        self._expiries = expiries
        self._drawers = Drawers()

    async def figures(
        self, caller: Caller, noun: FigureNoun, wanted: Wanted, language: Language
    ) -> DaysPicture:
        """Utilization or coverage by `wanted.by`, by day where it is None; its groups are ignored.

        Raises:
            CurrencyNeeded: there are several, and none was chosen.
            TooManyCells: more periods than can be told apart.
        """
        by = wanted.by or Period.DAY
        # No more are made than show that they are too many: a question may ask for thousands of years.
        periods = list(islice(_periods(by, wanted.since, wanted.until), MOST_COLUMNS + 1))
        if len(periods) > MOST_COLUMNS:
            raise TooManyCells(count=len(periods), limit=MOST_COLUMNS)
        asked = replace(wanted, by=by, groups=())
        answer = await self._figures.breakdown(caller, asked)
        _one_of({each.cell.currency for each in answer.value.totals})
        wording = Wording(language)
        words = wording.coverage if noun == "coverage" else wording.utilization
        return words(answer, asked, by, periods)

    async def recommendations(
        self,
        caller: Caller,
        days: int,
        only: tuple[str | None, str | None],
        language: Language,
    ) -> RowsPicture:
        """What each variant would save; `only` is a payer and a currency, each or none.

        Raises:
            CurrencyNeeded: there are several, and none was chosen.
            TooManyCells: more variants than one picture shows: name a payer.
        """
        advice = await self._recommendations.advise(caller, days)
        payer, currency = only
        found = [
            each
            for each in advice.variants
            if each.plan.kind in BROAD
            if payer in {None, each.family.payer_account_id}
            and currency in {None, each.family.currency}
        ]
        shown = _one_of({each.family.currency for each in found})
        if len(found) > MOST_ROWS:
            raise TooManyCells(count=len(found), limit=MOST_ROWS)
        return Wording(language).recommendations(advice, found, shown)

    async def expiries(
        self, caller: Caller, at: datetime, windows: int, currency: str | None, language: Language
    ) -> DaysPicture:
        """What ends in each 30 days from `at` on.

        Raises:
            CurrencyNeeded: there are several, and none was chosen.
        """
        answer = await self._expiries.ahead(caller, at, windows)
        found = [each for each in answer.value if each.currency == (currency or each.currency)]
        shown = _one_of({each.currency for each in found if each.currency})
        unknown = sum(window.unknown for each in found for window in each.windows)
        endings = [
            Ending(
                window.since.date(),
                cost=_WINDOW_DAYS * (window.covered_a_day - window.saved_a_day),
                saving=_WINDOW_DAYS * window.saved_a_day,
            )
            for each in found
            if each.currency == shown
            for window in each.windows
        ]
        return Wording(language).cliff(endings, shown, unknown)

    async def draw(self, picture: Picture, form: Format) -> bytes:
        """The picture as a file."""
        return await self._drawers.draw(picture, form)


def _periods(by: Period, since: datetime, until: datetime) -> Iterator[datetime]:
    start = since.replace(minute=0, second=0, microsecond=0)
    if by is not Period.HOUR:
        start = start.replace(hour=0)
    if by is Period.MONTH:
        start = start.replace(day=1)
    while start < until:
        yield start
        start = end_of(by, start)


def _one_of(currencies: set[str]) -> str:
    if len(currencies) > 1:
        raise CurrencyNeeded(currencies=", ".join(sorted(currencies)))
    return next(iter(currencies), "")
