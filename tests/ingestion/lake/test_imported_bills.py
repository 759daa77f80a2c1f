"""Bills that were imported stand in the lake with the figures their revisions announced."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.imports.conftest import small_world, workshop  # noqa: F401 - fixtures
from tests.ingestion.imports.workshop import Workshop
from tests.ingestion.lake.shore import Shore

from finops_common.ids import new_id
from finops_ingestion.lake.adapters import IcebergLake
from finops_ingestion.lake.repository import LakeRepository
from finops_sandbox.world.books import books

CLOSED = date(2026, 10, 1)
pytestmark = pytest.mark.timeout(240)


@pytest.mark.req("ING-13", part="Iceberg readers see one revision")
async def test_an_imported_and_corrected_bill_is_read_as_iceberg(
    workshop: Workshop,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    linked, other = workshop.world.account("shop-production").id, new_id()
    await workshop.assign(linked, other)
    lake = IcebergLake(workshop.service_url, "ingestion_system", f"file://{tmp_path / 'blobs'}")
    shore = Shore(workshop.database, workshop.service_url, workshop.blobs, tmp_path, lake)

    for number in (1, 2):
        workshop.deliver(CLOSED, number)
        await workshop.look()
        await workshop.work()
        await shore.publish()
        found = [(await shore.figures(each)).costs for each in (workshop.organization, other)]
        told = [(await shore.standing(each)).costs for each in (workshop.organization, other)]
        assert found == told
        whole = sum((costs["USD"] for costs in found), Decimal())
        expected = books(workshop.world, CLOSED, number).payer.effective_total
        assert abs(whole - expected) < Decimal("0.01")

    async with shore.system() as tx:
        month = await LakeRepository(tx).month(other, CLOSED)
    assert (await lake.open(other)).totals(CLOSED) == month.totals
    await lake.close()
