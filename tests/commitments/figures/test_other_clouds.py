"""Figures of Azure and Google Cloud bills: whose a commitment is, and what a bill leaves open."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from finops_commitments.figures.measures import explain, figures
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.sharing import ELSEWHERE, without_foreign_commitments

Record = dict[str, Any]
ARecord = Callable[..., Record]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]

USED = {
    "pricing_category": "Committed",
    "commitment_type": "Committed Use Discount",
    "commitment_category": "Usage",
    "commitment_status": "Used",
    "commitment_unit": "hour",
}
OWNED = (
    ("projects/shop-1/regions/asia-northeast3/commitments/c-1", "shop-1", "shop-2"),
    ("//compute.googleapis.com/projects/shop-1/regions/r/commitments/c-1", "shop-1", "shop-2"),
    ("/subscriptions/9EC5-01/providers/Microsoft.Capacity/r/1", "9ec5-01", "9ec5-02"),
    ("/subscriptions/9ec5-01/providers/Microsoft.Capacity/r/1", "/subscriptions/9ec5-01", "9ec5-02"),
)  # fmt: skip


@pytest.mark.req("COM-21", part="own and shared commitments of Azure and Google Cloud")
@pytest.mark.parametrize(("commitment_id", "owner", "other"), OWNED)
def test_coverage_is_split_by_the_owner_the_commitment_names(
    commitment_id: str, owner: str, other: str, records_of: RecordsOf, a_record: ARecord
) -> None:
    used = USED | {"commitment_id": commitment_id}
    records = records_of(
        [
            a_record(**used, account_id=owner, list_cost="1"),
            a_record(**used, account_id=other, list_cost="2"),
        ]
    )

    (cell,) = figures(records)

    assert [cell.covered_own, cell.covered_shared, cell.covered_owner_unknown] == [1, 2, 0]


@pytest.mark.req("ORG-5", part="commitments of other organizations' projects and subscriptions")
@pytest.mark.parametrize(("commitment_id", "owner", "other"), OWNED)
def test_only_commitments_of_none_of_the_accounts_lose_their_name(
    commitment_id: str,
    owner: str,
    other: str,
    table_of: Callable[[Sequence[Record]], pa.Table],
    a_record: ARecord,
) -> None:
    used = a_record(**USED, commitment_id=commitment_id, account_id=other)
    mine = a_record(account_id=owner)

    alone, together = (
        without_foreign_commitments(table_of(rows)).column("commitment_id").to_pylist()
        for rows in ([used], [used, mine])
    )

    assert alone == [ELSEWHERE]
    assert together == [commitment_id, None]


@pytest.mark.req("COM-20", part="resource CUDs: what the bill does not say is unknown")
def test_a_fee_that_nothing_says_was_used_is_no_full_utilization(
    records_of: RecordsOf, a_record: ARecord
) -> None:
    cud = USED | {"provider": "Google Cloud", "service": "Compute Engine", "commitment_id": "c-1"}
    paid = {"charge_kind": "unspread_commitment_fee", "effective_cost": "0.63"}
    records = records_of(
        [
            a_record(**cud, **paid, list_cost="0", commitment_quantity="0", lines=0),
            a_record(**cud, list_cost="1", commitment_quantity="4"),
        ]
    )

    (cell,) = figures(records)

    assert [cell.used, cell.unused, cell.utilization_percent, cell.over_committed] == [None] * 4
    assert cell.commitment_to_eligible_percent is None
    assert str(cell.total) == "0.630000000000"
    assert str(cell.net_savings) == "0.370000000000"
    explained = explain(records, "used", cell.cell)
    assert explained.value is None
    assert str(explained.inputs["unspread"].known) == "0.630000000000"
