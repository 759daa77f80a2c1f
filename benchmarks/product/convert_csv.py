"""P6: the csv.gz bill to hourly records."""

from pathlib import Path

from finops_ingestion.bills.convert import convert_bill
from sides import Clock, Given, Sample
from twin import csv_twin


def measure(given: Given) -> Sample:
    scratch = Path(given.scratch)
    convert_bill([Path(given.tiny)], scratch / "tiny", line_items=False)
    files = csv_twin(given.bill)
    with Clock() as clock:
        conversion = convert_bill(files, scratch / "hourly", line_items=False)
    return clock.sample(given.rows, {"lines": conversion.rows_accepted})
