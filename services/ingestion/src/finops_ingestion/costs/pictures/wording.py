"""Puts answers about costs into the words of pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from finops_common.i18n import Language, Text
from finops_common.pictures.domain import DaysPicture, Heading, RowsPicture, written
from finops_ingestion.costs.bridge.domain import Bridge
from finops_ingestion.costs.domain import GROUPED, Costs, Days, Dimension, Known, Question
from finops_ingestion.costs.pictures import texts
from finops_ingestion.costs.pictures.domain import (
    NameOf,
    Values,
    changes_of,
    effects_of,
    floor_of,
    rows_of,
    stacks_of,
    waterfall,
)

_JOINT = " · "


@dataclass(frozen=True)
class Wording:
    """A language, and the names of what bills and rules only tell by id."""

    language: Language
    group_names: Mapping[str, str]

    def days(self, question: Question, found: Costs, known: Known, currency: str) -> DaysPicture:
        """Cost by day, stacked by group."""
        rest = self._say(texts.REST if question.by else texts.ALL)
        stacks = stacks_of(found, currency, question.days, self._names(question), rest)
        days = tuple(question.days.start + timedelta(each) for each in range(question.days.count))
        title = texts.BY_DAY_AND_GROUP if question.by else texts.BY_DAY
        heading = self._costs_heading(title, question, found, known, currency)
        return DaysPicture(heading, currency, days, tuple(stacks), self._say(texts.SUM))

    def groups(self, question: Question, found: Costs, known: Known, currency: str) -> RowsPicture:
        """Cost by group, the largest first."""
        rows = rows_of(found, currency, self._names(question), self._say(texts.REST))
        heading = self._costs_heading(texts.BY_GROUP, question, found, known, currency)
        return RowsPicture(heading, currency, tuple(rows))

    def bridge(
        self, question: Question, against: Days, found: Bridge | None, known: Known
    ) -> RowsPicture:
        """From one bill to the next, by group where the question names dimensions."""
        facts = [self._metric(question)]
        currency = found.currency if found else ""
        rows, floor = [], Decimal(0)
        if found:
            changes = (
                changes_of(found, self._names(question), self._say(texts.REST))
                if question.by
                else effects_of(found, {e: self._say(t) for e, t in texts.EFFECTS.items()})
            )
            before = (self._span(against), found.total.before)
            rows = waterfall(before, changes, self._span(question.days))
            floor = floor_of(rows)
            change = written(found.total.change, currency, signed=True)
            facts.append(self._say(texts.CHANGE, amount=change, currency=currency))
            if floor:
                facts.append(self._say(texts.CUT, amount=written(floor, currency)))
        heading = self._heading(texts.BRIDGE, question, known, facts)
        return RowsPicture(heading, currency, tuple(rows), floor)

    def _costs_heading(
        self, title: Text, question: Question, found: Costs, known: Known, currency: str
    ) -> Heading:
        facts = [self._span(question.days), self._metric(question)]
        if currency in found.totals:
            total = written(found.totals[currency], currency)
            facts.append(self._say(texts.TOTAL, amount=total, currency=currency))
        return self._heading(title, question, known, facts)

    def _heading(self, title: Text, question: Question, known: Known, facts: list[str]) -> Heading:
        if known.finality == "open":
            facts = [*facts, self._say(texts.OPEN)]
        by = _JOINT.join(map(self._dimension, question.by))
        return Heading(self._say(title, by=by), _JOINT.join(facts), self._say(texts.EMPTY))

    def _names(self, question: Question) -> NameOf:
        def name(values: Values) -> str:
            return _JOINT.join(map(self._value, question.by, values))

        return name

    def _value(self, dimension: Dimension, value: str | None) -> str:
        if value is None:
            return self._say(texts.UNSTATED)
        return self.group_names.get(value, value) if dimension.kind == GROUPED else value

    def _metric(self, question: Question) -> str:
        return self._say(texts.METRICS[question.metric])

    def _span(self, days: Days) -> str:
        last = days.end - timedelta(days=1)
        if last == days.start:
            return str(last)
        return self._say(texts.DAYS, first=str(days.start), last=str(last))

    def _dimension(self, dimension: Dimension) -> str:
        return self._say(texts.DIMENSIONS[dimension.kind], key=dimension.key)

    def _say(self, text: Text, **facts: object) -> str:
        return text.render(self.language, facts)
