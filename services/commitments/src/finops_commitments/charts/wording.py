"""Puts figures and advice into the words of charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from finops_commitments.charts import texts
from finops_commitments.charts.domain import (
    Ending,
    Series,
    alternatives,
    covered,
    endings_stacks,
    stacks_of,
    unknown_in,
)
from finops_commitments.figures.domain import Period
from finops_commitments.figures.opened import Answer
from finops_commitments.figures.service import Breakdown, Wanted
from finops_commitments.recommendations.service import Advice
from finops_commitments.recommendations.titles import terms_of, title_of
from finops_commitments.recommendations.variants import Variant
from finops_common.i18n import Language, Text
from finops_common.money import plain
from finops_common.pictures.domain import DaysPicture, Heading, RowsPicture, tenths, written

_JOINT = " · "
_FORMATS: Mapping[Period, str] = {
    Period.HOUR: "%m-%d %H:%M",
    Period.DAY: "%m-%d",
    Period.MONTH: "%Y-%m",
}


@dataclass(frozen=True)
class Wording:
    """The language charts are in."""

    language: Language

    def utilization(
        self, answer: Answer[Breakdown], wanted: Wanted, by: Period, periods: Sequence[datetime]
    ) -> DaysPicture:
        """What was used of commitments, and on top what was not."""
        series: list[Series] = [
            (self._say(texts.USED), lambda cell: cell.used),
            (self._say(texts.UNUSED), lambda cell: cell.unused),
        ]
        totals = [
            percent
            for each in answer.value.totals
            if (percent := each.utilization_percent) is not None
        ]
        facts = [self._say(texts.UTILIZED, percent=tenths(each)) for each in totals]
        title = texts.UTILIZATION[by]
        return self._by_period(answer, wanted, by, periods, series, title, facts)

    def coverage(
        self, answer: Answer[Breakdown], wanted: Wanted, by: Period, periods: Sequence[datetime]
    ) -> DaysPicture:
        """What own and shared commitments covered, and on top what was on demand."""
        series: list[Series] = [
            (self._say(texts.OWN), lambda cell: cell.covered_own),
            (self._say(texts.SHARED), lambda cell: cell.covered_shared),
            (self._say(texts.OWNER_UNKNOWN), lambda cell: cell.covered_owner_unknown),
            (self._say(texts.ON_DEMAND), lambda cell: cell.on_demand_cost),
        ]
        totals = [
            percent
            for each in answer.value.totals
            if (percent := each.coverage_percent) is not None
        ]
        facts = [self._say(texts.COVERED, percent=tenths(each)) for each in totals]
        facts.append(self._say(texts.AT_LIST))
        # The last is grey: it is what is left.
        rest, title = len(series) - 1, texts.COVERAGE[by]
        return self._by_period(answer, wanted, by, periods, series, title, facts, rest)

    def cliff(self, endings: Sequence[Ending], currency: str, unknown: int = 0) -> DaysPicture:
        """What ends in each 30 days: the cost and the saving of the commitments, on each other.

        Of `unknown` others that end it is told that they do.
        """
        cost, saving = self._say(texts.ENDING_COST), self._say(texts.ENDING_SAVING)
        stacks = endings_stacks(endings, cost, saving)
        facts = [self._say(texts.A_MONTH)]
        if stacks:
            total = f"{written(covered(endings), currency)} {currency}"
            facts.append(f"{self._say(texts.COVERAGE_ENDS)} {total}")
        if unknown:
            facts.append(self._say(texts.ENDING_UNKNOWN, count=unknown))
        return DaysPicture(
            self._heading(texts.CLIFF, facts),
            currency,
            tuple(each.start for each in endings),
            tuple(stacks),
            self._say(texts.COVERAGE_ENDS),
            "%Y-%m-%d",
        )

    def recommendations(
        self, advice: Advice, variants: Sequence[Variant], currency: str
    ) -> RowsPicture:
        """What each variant would save a month, the most first."""
        payers = {each.family.payer_account_id for each in variants}

        def name(variant: Variant) -> str:
            title, *terms, amount = self._offered(variant, currency)
            if len(payers) > 1:
                # The amount would not fit any more.
                return _JOINT.join([variant.family.payer_account_id, title, *terms])
            return _JOINT.join([title, *terms, amount])

        facts = [
            self._span(advice.since, advice.until),
            *([currency] if currency else []),
            self._say(texts.NEVER_SUMMED),
        ]
        heading = self._heading(texts.ALTERNATIVES, facts)
        return RowsPicture(heading, currency, tuple(alternatives(variants, name)))

    def _by_period(
        self,
        answer: Answer[Breakdown],
        wanted: Wanted,
        by: Period,
        periods: Sequence[datetime],
        series: Sequence[Series],
        title: Text,
        told: Sequence[str],
        rest: int | None = None,
    ) -> DaysPicture:
        found = answer.value
        currency = found.totals[0].cell.currency if found.totals else ""
        facts = [self._span(wanted.since, wanted.until), *([currency] if currency else []), *told]
        if unknown := unknown_in(found.rows, series):
            facts.append(self._say(texts.UNKNOWN, count=unknown))
        if answer.finality == "open":
            facts.append(self._say(texts.OPEN))
        return DaysPicture(
            self._heading(title, facts),
            currency,
            tuple(periods),
            tuple(stacks_of(found.rows, periods, series, rest)),
            self._say(texts.SUM),
            _FORMATS[by],
        )

    def _offered(self, variant: Variant, currency: str) -> tuple[str, ...]:
        sizing = variant.sizing
        hourly = plain(sizing.hourly_commitment)
        amount = self._say(texts.HOURLY, amount=hourly, currency=currency)
        told = amount if sizing.count is None else f"{sizing.count} ×"  # noqa: RUF001 -- as people write it
        return title_of(variant.plan), *terms_of(sizing.terms, self.language), told

    def _heading(self, title: Text, facts: Sequence[str]) -> Heading:
        return Heading(self._say(title), _JOINT.join(facts), self._say(texts.EMPTY))

    def _span(self, since: datetime, until: datetime) -> str:
        last: date = (until.astimezone(UTC) - timedelta(microseconds=1)).date()
        return self._say(texts.SPAN, first=since.astimezone(UTC).date(), last=last)

    def _say(self, text: Text, **facts: object) -> str:
        return text.render(self.language, facts)
