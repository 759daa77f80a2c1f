"""Files of revisions that are replaced while somebody asks."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from finops_common.blobs import FolderBlobs
from finops_common.errors.problem import Unavailable
from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.lake import items, records
from finops_ingestion.costs.reading import StandingBills, known
from finops_ingestion.imports.revisions import Pinned

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))


def a_bill(month: int = 10, **facts: object) -> Pinned:
    told: dict[str, Any] = {
        "billing_source_id": UUID(int=7),
        "period": date(2026, month, 1),
        "finality": "closed",
        "as_of": datetime(2026, month, 28, tzinfo=UTC),
        "files": {"hourly": f"{month}.parquet"},
    }
    return Pinned(**told | facts)


@pytest.mark.req("ING-13", part="a revision replaced between the pin and the reading")
async def test_a_file_that_has_gone_is_to_be_asked_for_again(
    duck: DuckEngine, tmp_path: Path
) -> None:
    # Files alone are read here, so there is nothing to pin with.
    bills = StandingBills(None, FolderBlobs(tmp_path), duck)  # type: ignore[arg-type] # not asked

    with pytest.raises(Unavailable):
        await bills.rows([a_bill()], select(func.count()).select_from(records))

    assert await bills.rows([], select(func.count()).select_from(items)) == []


@pytest.mark.req("ING-30", part="how final the asked months are, whatever their neighbours")
def test_neighbouring_months_say_nothing_of_how_final_the_asked_ones_are() -> None:
    stands = known([a_bill(9), a_bill(), a_bill(11, finality="open")], OCTOBER)

    assert (stands.finality, stands.as_of) == ("closed", datetime(2026, 10, 28, tzinfo=UTC))
    assert known([a_bill(11)], OCTOBER).finality is None
