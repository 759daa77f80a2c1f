"""Bills in a payer's bucket become revisions that stand."""

from datetime import date
from decimal import Decimal

import pytest
from tests.ingestion.imports.conftest import Payer

from finops_sandbox.world.books import books

pytestmark = pytest.mark.timeout(180)
OPEN = date(2026, 11, 1)


@pytest.mark.req("ING-10", part="CUR 2.0 from S3")
@pytest.mark.req("ING-11", part="a month on request")
@pytest.mark.req("ING-12", part="ledger of files and periods, percent and rows")
async def test_a_delivered_month_is_imported_once_and_costs_what_the_books_say(
    payer: Payer,
) -> None:
    delivered = payer.deliver(OPEN, 2)
    expected = books(payer.customer.world, OPEN, 2)

    await payer.ask_for(OPEN)
    (done,) = await payer.imported(1)
    await payer.ask_for(OPEN)

    assert (done["state"], done["percent"], done["rows_read"]) == ("done", 100, delivered.rows)
    shown = await payer.customer.owner.get(f"{payer.root}/imports/{done['id']}")
    assert [file["name"] for file in shown["files"]] == list(delivered.data_keys)
    assert {file["state"] for file in shown["files"]} == {"read"}
    assert all(len(file["sha256"]) == 64 for file in shown["files"])
    period = (await payer.periods())["2026-11-01"]
    assert (period["revision"], period["finality"]) == (1, "open")
    costs = await payer.customer.owner.get(f"{payer.root}/costs?start=2026-11-01&end=2026-12-01")
    (total,) = costs["totals"]
    assert abs(Decimal(total["amount"]) - expected.payer.effective_total) < Decimal("0.01")
    assert (costs["finality"], costs["as_of"]) == ("open", period["as_of"])
    assert len(await payer.imports()) == 1
