"""Writes pickled rows by one of the two libraries, in their own environment; prints seconds, wall and CPU."""

import pickle
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any


def by_xlsxwriter(rows: list[list[Any]], file: str) -> None:
    import xlsxwriter  # noqa: PLC0415 -- one library a run

    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    dates = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet("Utilization")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(at, column, value, dates)
            elif isinstance(value, str):
                sheet.write_string(at, column, value)
            else:
                sheet.write_number(at, column, value)
    book.close()


def by_openpyxl(rows: list[list[Any]], file: str) -> None:
    from openpyxl import Workbook  # noqa: PLC0415 -- the same

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Utilization")
    for row in rows:
        sheet.append(row)
    book.save(file)


if __name__ == "__main__":
    write = {"xlsxwriter": by_xlsxwriter, "openpyxl": by_openpyxl}[sys.argv[1]]
    given: list[list[Any]] = pickle.loads(Path(sys.argv[2]).read_bytes())
    write(given[:100], sys.argv[3])
    wall, cpu = time.perf_counter(), time.process_time()
    write(given, sys.argv[3])
    print(time.perf_counter() - wall, time.process_time() - cpu)
