"""Tables of commitments, written while they are computed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from finops_commitments.exports.columns import ROWS, Column, batches_of, schema_of
from finops_commitments.exports.sheets import (
    INVENTORY,
    RECOMMENDATIONS,
    FigureNoun,
    Known,
    figure_columns,
    figure_facts,
    inventory_facts,
    known_facts,
    recommendation_facts,
)
from finops_commitments.exports.spool import Spool, ordered
from finops_commitments.figures.domain import Figures
from finops_commitments.figures.measures import count_cells, figure_batches, figures, figures_of
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.service import Wanted, has_commitment
from finops_commitments.inventory.listing import Narrowing
from finops_commitments.inventory.service import InventoryService
from finops_commitments.problems import TooManyCells
from finops_commitments.recommendations import schemas
from finops_commitments.recommendations.service import RecommendationService
from finops_common.auth.caller import Caller
from finops_common.contracts.commitments import CommitmentsExported, ExportedNoun
from finops_common.db.transaction import Database
from finops_common.errors.problem import FieldError, InvalidInput
from finops_common.exports.domain import Fact, Format, Sheet
from finops_common.exports.files import Export, export
from finops_common.exports.streams import Turns
from finops_common.i18n import Language

T = TypeVar("T")
AT_ONCE = 2
MOST_ROWS = 250_000
"""What waits on disk meanwhile stays far below the room there is."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns, in this order (none: all), and by which the rows are ordered."""

    form: Format
    columns: tuple[str, ...] = ()
    sort: str | None = None

    def of(self, columns: Sequence[Column[T]]) -> list[Column[T]]:
        """The columns that were asked for.

        Raises:
            InvalidInput: there is no such column.
        """
        known = {each.name: each for each in columns}
        sort = [] if self.sort is None else [self.sort.removeprefix("-")]
        asked = {"query.columns": self.columns, "query.sort": sort}
        must = f"must be of {', '.join(known)}"
        wrong = tuple(
            FieldError(place, "value_error", must)
            for place, names in asked.items()
            if not known.keys() >= set(names)
        )
        if wrong:
            raise InvalidInput(errors=wrong)
        return [known[name] for name in self.columns or known]


class ExportService:
    """Use cases of exports. Each is told to the audit log before its first byte leaves."""

    def __init__(
        self,
        database: Database,
        records: OpenedRecords,
        inventory: InventoryService,
        recommendations: RecommendationService,
    ) -> None:
        self._database = database
        self._records = records
        self._inventory = inventory
        self._recommendations = recommendations
        self._turns = Turns(AT_ONCE)

    async def figures(
        self, caller: Caller, noun: FigureNoun, wanted: Wanted, shape: Shape
    ) -> Export:
        """The rows that the API answers, however many; without `by` and groups one a currency.

        Raises:
            InvalidInput: there is no such column.
            TooManyCells: more than a quarter of a million rows.
            Unavailable: as many exports are written as may be at once.
        """
        shape.of(figure_columns(noun, wanted.groups, ()))
        with ExitStack() as held:
            held.callback(self._turns.take())
            spool = Spool(held)

            def question(records: HourlyRecords, _: object) -> list[Figures]:
                count = count_cells(records, wanted.by, wanted.groups, wanted.narrowed)
                _limit(count)
                # Sums only, packed: who else asks about these records does not wait for the rest.
                found = figure_batches(records, wanted.by, wanted.groups, wanted.narrowed, ROWS)
                spool.write(found)
                return figures(records, filters=wanted.narrowed)

            span, daily = (wanted.since, wanted.until), wanted.of_whole_days
            answer = await self._records.ask(caller, *span, question, daily=daily)
            columns = figure_columns(noun, wanted.groups, answer.revisions)
            names = [each.name for each in shape.of(columns)]
            about = (
                *known_facts(Known(answer.as_of, answer.finality)),
                *figure_facts(wanted, answer.value, names),
            )
            rows = figure_rows(noun, wanted, spool)
            sheet = sheet_of(noun, columns, rows, about, shape)
            await self._tell(caller, noun, shape.form)
            name = f"{wanted.since:%Y-%m-%d}_{wanted.until:%Y-%m-%d}"
            return export(sheet, shape.form, name, held.pop_all())

    async def inventory(
        self, caller: Caller, at: datetime, narrowing: Narrowing, shape: Shape
    ) -> Export:
        """The commitments that fit, as they stand at `at`. Raises as `figures`."""
        names = [each.name for each in shape.of(INVENTORY)]
        with ExitStack() as held:
            held.callback(self._turns.take())
            found = await self._inventory.page(caller, at, narrowing, "id", 0, MOST_ROWS)
            _limit(found.count)
            about = (
                *known_facts(Known(found.as_of, found.finality)),
                *inventory_facts(at, narrowing, found.totals, names),
            )
            sheet = sheet_of("inventory", INVENTORY, found.items, about, shape)
            await self._tell(caller, "inventory", shape.form)
            return export(sheet, shape.form, f"{at:%Y-%m-%d}", held.pop_all())

    async def recommendations(
        self,
        caller: Caller,
        days: int,
        cost_of_capital: Decimal | None,
        language: Language,
        shape: Shape,
    ) -> Export:
        """Every variant of the advice; they are alternatives. Raises as `figures`."""
        names = [each.name for each in shape.of(RECOMMENDATIONS)]
        with ExitStack() as held:
            held.callback(self._turns.take())
            found = schemas.recommendations(
                await self._recommendations.advise(caller, days, cost_of_capital, every_type=True),
                language,
            )
            about = (
                *known_facts(Known(found.as_of, found.finality)),
                *recommendation_facts(found.since, found.until, found.without_prices, names),
            )
            sheet = sheet_of("recommendations", RECOMMENDATIONS, found.items, about, shape)
            await self._tell(caller, "recommendations", shape.form)
            return export(sheet, shape.form, f"{found.until:%Y-%m-%d}", held.pop_all())

    async def _tell(self, caller: Caller, noun: ExportedNoun, form: Format) -> None:
        async with self._database.transaction(caller) as tx:
            tx.publish(
                CommitmentsExported(organization_id=tx.organization_id, what=noun, format=form)
            )


def _limit(count: int) -> None:
    if count > MOST_ROWS:
        raise TooManyCells(count=count, limit=MOST_ROWS)


def figure_rows(noun: FigureNoun, wanted: Wanted, spool: Spool) -> Iterator[Figures]:
    """The rows of the API from the sums that wait; the utilization of nothing is left out."""
    for batch in spool.batches():
        cells = figures_of(batch, wanted.by, wanted.groups)
        yield from (each for each in cells if noun == "coverage" or has_commitment(each))


def sheet_of(
    noun: ExportedNoun,
    columns: Sequence[Column[T]],
    rows: Iterable[T],
    about: Iterable[Fact],
    shape: Shape,
) -> Sheet:
    """The rows in their shape; nothing is computed before it is written."""
    chosen = shape.of(columns)
    schema = schema_of(chosen)
    told = (*about, ("Columns", ", ".join(schema.names)), ("Sorted by", shape.sort or "as listed"))
    if shape.sort is None:
        return Sheet(noun.title(), schema, batches_of(chosen, rows), told)
    by = shape.sort.removeprefix("-")
    needed = [each for each in columns if each in chosen or each.name == by]
    sorted_rows = ordered(schema_of(needed), batches_of(needed, rows), shape.sort)
    batches = (each.select(schema.names) for each in sorted_rows)
    return Sheet(noun.title(), schema, batches, told)
