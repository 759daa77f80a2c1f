"""How one figure was made: its formula, its inputs, and what each hour and commitment adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finops_commitments.figures.domain import FORMULA_VERSION, FORMULAS, Amount, Cell, Figures


@dataclass(frozen=True, slots=True)
class Contribution:
    """What the records of one hour, commitment and line type add to a figure's inputs."""

    hour: datetime
    charge_span: str
    commitment_id: str | None
    charge_kind: str | None
    inputs: dict[str, Amount]
    records: int
    lines: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One figure with everything it was made from, down to hours and commitments.

    `lines` counts bill lines; unused commitment that was split off a fee line is a record
    without a line of its own, since the line counts with the fee.
    """

    figure: str
    cell: Cell
    value: Decimal | int | bool | None
    formula: str
    formula_version: str
    inputs: dict[str, Amount]
    records: int
    lines: int
    contributions: tuple[Contribution, ...]
    contributions_in_all: int


def explained(
    figures: Figures,
    figure: str,
    records: int,
    contributions: Sequence[Contribution],
    contributions_in_all: int,
) -> Explanation:
    """The explanation of `figure`; the inputs of all contributions add up to its own.

    Raises:
        KeyError: there is no such figure.
    """
    formula = FORMULAS[figure]
    return Explanation(
        figure=figure,
        cell=figures.cell,
        value=getattr(figures, figure),
        formula=formula.text,
        formula_version=FORMULA_VERSION,
        inputs={name: getattr(figures.sums, name) for name in formula.inputs},
        records=records,
        lines=figures.lines,
        contributions=tuple(contributions),
        contributions_in_all=contributions_in_all,
    )
