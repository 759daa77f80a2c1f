"""What reading a bill may use: an import's process keeps its memory, and says so when it cannot."""

import hashlib
import json
from pathlib import Path

import pytest

from finops_common.ids import new_id
from finops_ingestion.bills.convert import convert_bill
from finops_ingestion.imports.adapters import SubprocessReader
from finops_ingestion.imports.orders import Order

HEAD = (
    "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
    "ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ContractedCost,EffectiveCost,ListCost,"
    "ProviderName,ServiceName,ResourceId,Tags\n"
)
MONTH = "2026-10-01T00:00:00Z,2026-11-01T00:00:00Z"
HOUR = "2026-10-01T00:00:00Z,2026-10-01T01:00:00Z"
LIMIT_MB = 320


def a_line(number: int) -> str:
    """A line with half a megabyte of tags that no other line has."""
    noise = hashlib.shake_256(str(number).encode()).hexdigest(250_000)
    tags = json.dumps({"note": noise}).replace('"', '""')
    return f'1,0001,USD,{MONTH},Usage,{HOUR},1,1,1,AWS,EC2,r-{number},"{tags}"\n'


def an_order(bill: Path, to: Path, memory_mb: int) -> Order:
    return Order(
        sources=(bill,),
        to=to,
        organizations={},
        otherwise=new_id(),
        memory_mb=memory_mb,
        threads=1,
    )


@pytest.mark.req("ING-17", part="an import's subprocess keeps its limit")
@pytest.mark.timeout(180)
async def test_a_bill_that_needs_more_memory_is_refused_and_says_so(tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    with bill.open("w") as stream:
        stream.write(HEAD)
        stream.writelines(map(a_line, range(400)))

    outcome = await SubprocessReader().read(an_order(bill, tmp_path / "out", LIMIT_MB))

    assert outcome.refused is not None
    assert outcome.refused.code == "memory-exceeded"
    assert f"{LIMIT_MB} MB" in outcome.refused.detail


@pytest.mark.req("ING-10", part="cells of any size")
def test_a_cell_may_be_larger_than_other_readers_take(tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_text(HEAD + a_line(1) + a_line(2))

    conversion = convert_bill([bill], tmp_path / "out")

    assert (conversion.rows_read, conversion.rows_accepted) == (2, 2)
