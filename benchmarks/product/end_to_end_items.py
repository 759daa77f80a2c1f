"""P3: the path of P2 as an import runs it, with every line item stored."""

from finops_ingestion.imports.orders import CutPeriod, Order
from finops_ingestion.imports.reading import read_bill
from product.end_to_end import files_to_coverage
from sides import Given, Sample


async def measure(given: Given) -> Sample:
    return await files_to_coverage(given, read_all)


def read_all(order: Order) -> tuple[CutPeriod, int]:
    outcome = read_bill(order)
    if outcome.reading is None:
        raise SystemExit(f"refused: {outcome.refused}")
    return outcome.reading.periods[0], outcome.reading.rows_accepted
