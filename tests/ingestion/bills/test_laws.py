"""Laws of conversion: however a bill is cut, shuffled or damaged, the sums stay true."""

import csv
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.convert import convert_bill
from finops_ingestion.bills.totals import Total, by_currency

GOLDEN = Path(__file__).parents[2] / "data" / "aws-cur" / "golden" / "golden-1-legacy-cur.csv"
with GOLDEN.open(newline="") as stream:
    HEADER, *LINES = list(csv.reader(stream))

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def converted(bills: Sequence[Sequence[Sequence[str]]], *, line_items: bool = False) -> Conversion:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"part-{number}.csv" for number in range(len(bills))]
        for path, lines in zip(paths, bills, strict=True):
            with path.open("w", newline="") as stream:
                csv.writer(stream).writerows([HEADER, *lines])
        return convert_bill(paths, Path(folder) / "out", line_items=line_items)


def sums(totals: Sequence[Total]) -> list[Total]:
    return sorted(totals, key=lambda total: (total.period, total.currency, total.charge_category))


WHOLE = sums(converted([LINES]).totals)


@FEW
@given(st.permutations(LINES), st.lists(st.integers(0, len(LINES)), max_size=3))
@pytest.mark.req("ING-10", part="several files per month")
def test_a_bill_in_any_order_and_any_number_of_files_has_the_same_totals(
    lines: list[list[str]], cuts: list[int]
) -> None:
    bounds = [0, *sorted(cuts), len(lines)]
    bills = [lines[a:b] for a, b in pairwise(bounds)]

    conversion = converted(bills)

    assert sums(conversion.totals) == WHOLE
    assert conversion.rows_read == conversion.rows_accepted == len(LINES)


@FEW
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.integers(0, len(HEADER) - 1),
            st.sampled_from(["", "NULL", "NaN", "1e309", "2026-02-30", "x", "\n", '"', "-1", "é"]),
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, len(LINES) - 1), max_size=4),
)
@pytest.mark.req("ING-14", part="rows read are accepted or refused")
def test_damaged_rows_are_accepted_or_refused_and_never_lost(
    damages: list[tuple[int, int, str]], shortened: list[int]
) -> None:
    lines = [list(line) for line in LINES]
    for row, column, text in damages:
        lines[row][column] = text
    for row in shortened:
        lines[row] = lines[row][: len(HEADER) // 2]

    conversion = converted([lines], line_items=True)

    assert conversion.rows_read == len(LINES)
    assert conversion.rows_accepted + conversion.rows_refused == len(LINES)
    assert all(2 <= place <= 2 * len(LINES) for r in conversion.refusals for place in r.lines)


@FEW
@given(st.lists(st.decimals("-999999", "999999", places=12), min_size=1, max_size=30))
@pytest.mark.req("ING-14", part="totals against the bill")
def test_the_billed_sum_is_the_bills_own_to_the_last_digit(amounts: list[Decimal]) -> None:
    usage = next(line for line in LINES if "Usage" in line)
    cost = HEADER.index("lineItem/UnblendedCost")
    lines = [[*usage[:cost], str(amount), *usage[cost + 1 :]] for amount in amounts]

    conversion = converted([lines], line_items=True)

    assert by_currency(conversion.totals)["USD"]["Usage"].billed_cost == sum(amounts)
