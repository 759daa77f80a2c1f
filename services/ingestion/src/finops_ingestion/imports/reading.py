"""The subprocess of an import: `python -m finops_ingestion.imports.reading`.

Takes an `Order` as the first line of standard input and answers an `Outcome` on standard
output. It ends when its input does, so that no reading outlives the worker that wants it.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from finops_ingestion.bills.conversion import Conversion, conversion_json
from finops_ingestion.bills.convert import convert_bill
from finops_ingestion.bills.engine import Limits
from finops_ingestion.bills.refusals import BillRefusedError, TotalsDisagreeError
from finops_ingestion.imports.cutting import cut_periods, payers_of
from finops_ingestion.imports.memory import limit_memory
from finops_ingestion.imports.orders import Order, Outcome, Reading, Refused
from finops_ingestion.imports.recutting import recut

_ENGINE_SHARE = 0.6
"""Of the process's memory for DuckDB; the rest is Python, Arrow and what DuckDB does not count."""
_STREAMED = "Out of Memory Error"
"""What the engine's error becomes while its answer is read in batches."""


def read_bill(order: Order) -> Outcome:
    """Convert and cut the bill, or cut a standing revision anew, in this process."""
    try:
        return _read(order)
    except BillRefusedError as error:
        named = f"{error.file.name}: " if error.file else ""
        return Outcome(refused=Refused(code=error.code, detail=named + error.detail))
    except TotalsDisagreeError as error:
        return Outcome(refused=Refused(code="totals-disagree", detail=str(error)))
    except (duckdb.OutOfMemoryException, MemoryError):
        return _memory_exceeded(order)
    except OSError as error:
        if _STREAMED not in str(error):
            raise
        return _memory_exceeded(order)


def _read(order: Order) -> Outcome:
    spill = order.to / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    memory = f"{int(order.memory_mb * _ENGINE_SHARE)}MB"
    limits = Limits(memory, order.threads, spill, f"{order.spill_mb}MB")
    if order.standing:
        return Outcome(reading=recut(order, order.standing, limits))
    conversion = convert_bill(
        order.sources,
        order.to,
        as_of=order.as_of,
        limits=limits,
        promised_rows=order.promised_rows,
    )
    if conversion.rows_read and not conversion.rows_accepted:
        return _refused("no-row-readable", "none of its rows can be read", conversion)
    return Outcome(reading=_reading(order, conversion, limits))


def _refused(code: str, detail: str, conversion: Conversion) -> Outcome:
    reasons = "; ".join(sorted({refusal.reason for refusal in conversion.refusals})[:5])
    return Outcome(refused=Refused(code=code, detail=f"{detail}: {reasons}"))


def _memory_exceeded(order: Order) -> Outcome:
    """Refused for good: trying again would need as much again."""
    detail = (
        f"reading it takes more than the {order.memory_mb} MB of memory"
        f" and {order.spill_mb} MB of disk that it may use"
    )
    return Outcome(refused=Refused(code="memory-exceeded", detail=detail))


def _reading(order: Order, conversion: Conversion, limits: Limits) -> Reading:
    told = conversion_json(conversion)
    refusals = [r | {"file": Path(r["file"]).name} for r in told["rows_refused"]]
    return Reading(
        schema_name=conversion.schema,
        providers=conversion.providers,
        rows_read=conversion.rows_read,
        rows_accepted=conversion.rows_accepted,
        rows_refused=conversion.rows_refused,
        refusals=refusals,
        findings=[_without_folders(finding) for finding in told["findings"]],
        reached=conversion.reached,
        invoiced=conversion.invoiced,
        periods=cut_periods(order, conversion, limits),
        invoices=conversion.invoices,
        payers=payers_of(conversion, limits),
    )


def _without_folders(finding: dict[str, Any]) -> dict[str, Any]:
    """Files by their names: where they lay is nobody's business."""
    for example in finding["examples"]:
        for place in example["places"]:
            place["file"] = Path(place["file"]).name
    return finding


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)


class _Answer:
    """Standard output, for whoever comes first: the reading, or who watches its memory."""

    def __init__(self) -> None:
        self._taken = threading.Lock()

    def give(self, outcome: Outcome) -> NoReturn:
        """Write the outcome and end the process."""
        self._taken.acquire()  # and never released: nobody answers after this
        sys.stdout.write(outcome.model_dump_json())
        sys.stdout.flush()
        # Without Python's own ending: another thread waits in a read that nothing ends.
        os._exit(0)


def main() -> None:
    """Read one order, answer it, end."""
    order, answer = Order.model_validate_json(sys.stdin.readline()), _Answer()
    threading.Thread(target=_end_with_input, daemon=True).start()
    limit_memory(order.memory_mb, lambda: answer.give(_memory_exceeded(order)))
    answer.give(read_bill(order))


if __name__ == "__main__":
    main()
