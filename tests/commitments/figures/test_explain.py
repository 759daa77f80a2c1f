"""What explain shows is what the figure was made from."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pydantic import BaseModel

from finops_commitments.expiries.schemas import ExpiriesView
from finops_commitments.figures.domain import (
    FORMULA_VERSION,
    FORMULAS,
    Amount,
    Cell,
    Group,
    Period,
)
from finops_commitments.figures.measures import explain, figures
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.figures.schemas import (
    PLACE,
    CoverageRow,
    ExplanationView,
    Report,
    SavingsRow,
    UtilizationRow,
)
from finops_commitments.figures.schemas import Cell as Row
from finops_commitments.hot_spots.schemas import HotSpotsView
from finops_commitments.inventory.schemas import InventoryView
from finops_commitments.remaining.schemas import RemainingsView
from finops_commitments.risks.schemas import RisksView


@pytest.fixture(scope="module")
def golden(
    table_of: Callable[[Sequence[dict[str, Any]]], pa.Table], golden_rows: list[dict[str, Any]]
) -> Iterator[HourlyRecords]:
    with HourlyRecords.from_arrow(table_of(golden_rows)) as records:
        yield records


@pytest.mark.req("COM-23", part="formula, inputs and rows behind a figure")
@pytest.mark.parametrize("figure", sorted(FORMULAS))
@pytest.mark.parametrize("by", [Period.HOUR, Period.MONTH])
def test_every_explained_figure_is_the_figure_and_its_parts_add_up(
    golden: HourlyRecords, figure: str, by: Period
) -> None:
    reserved_and_planned = Filters(groups=((Group.PAYER, "444444444444"),))

    for cell in figures(golden, by, filters=reserved_and_planned):
        explanation = explain(golden, figure, cell.cell, reserved_and_planned)

        assert explanation.value == getattr(cell, figure)
        assert explanation.formula_version == FORMULA_VERSION
        for name, amount in explanation.inputs.items():
            parts = (part.inputs[name] for part in explanation.contributions)
            assert sum(parts, Amount()) == amount


@pytest.mark.req("COM-23", part="every figure of coverage, utilization and savings is explained")
@pytest.mark.parametrize("row", [CoverageRow, UtilizationRow, SavingsRow])
def test_every_figure_a_row_shows_can_be_explained(row: type[Row]) -> None:
    # A count of all lines of the row, and what its units are.
    plain = PLACE | {"lines", "unit"}

    assert set(row.model_fields) - plain <= FORMULAS.keys()


@pytest.mark.req("COM-23", part="as_of, finality and formula version on every answer with figures")
@pytest.mark.parametrize(
    "view",
    [Report, ExplanationView, HotSpotsView, RemainingsView, RisksView, ExpiriesView, InventoryView],
)
def test_figures_say_how_fresh_and_final_they_are_and_by_which_formulas(
    view: type[BaseModel],
) -> None:
    assert {"as_of", "finality", "formula_version"} <= view.model_fields.keys()


@pytest.mark.req("COM-23", part="down to hours, commitments and row counts")
def test_the_unused_commitment_of_a_month_is_traced_to_its_fees(golden: HourlyRecords) -> None:
    explanation = explain(golden, "unused", Cell("USD"))

    traced = {
        (part.commitment_id or "").split("/")[-1]: (part.charge_kind, part.inputs["unused"].known)
        for part in explanation.contributions
    }
    assert traced == {
        "csp-01": ("SavingsPlanRecurringFee", Decimal("2.875")),
        "00000000-0000-0000-0000-000000000004": ("RIFee", Decimal("921.32")),
    }
    assert [explanation.records, explanation.lines] == [2, 0]


def test_a_figure_that_nothing_enters_is_explained_as_empty(golden: HourlyRecords) -> None:
    nowhere = Cell("USD", groups=((Group.PAYER, "999999999999"),))

    explanation = explain(golden, "unused", nowhere)

    assert [explanation.value, explanation.records, explanation.contributions] == [0, 0, ()]


def test_an_unknown_figure_cannot_be_explained(golden: HourlyRecords) -> None:
    with pytest.raises(KeyError):
        explain(golden, "guess", Cell("USD"))
