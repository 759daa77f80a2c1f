"""P5: the path of P3; what must agree is the naive peer's smaller bill, read before the clock."""

from dataclasses import replace

from generate import ensure_bill
from peers.naive.side import SIZE
from product.end_to_end import files_to_coverage
from product.end_to_end_items import read_all
from sides import Given, Sample


async def measure(given: Given) -> Sample:
    beside = replace(given, tiny=str(ensure_bill(SIZE)))
    return await files_to_coverage(beside, read_all, answer_warm=True)
