"""What commitments of other organizations cover in the comparison with bills."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pyarrow as pa
from tests.commitments.agreement.test_agreement import MINE, OCTOBER, THEIRS
from tests.commitments.conftest import ARecord, Record

from finops_commitments.agreement.domain import agreements
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.sharing import without_foreign_commitments

TableOf = Callable[[Sequence[Record]], pa.Table]
FOREIGN = "arn:aws:savingsplans::222222222222:savingsplan"


def covered_by(a_record: ARecord, plan: str, kind: str, usage: str, rate: str) -> list[Record]:
    """Ten hours of ten units at 1, all under the plan of another organization."""
    return [
        a_record(
            hour=OCTOBER + timedelta(hours=at),
            billing_period=OCTOBER.date(),
            payer_account_id=THEIRS,
            account_id=MINE,
            usage_type=f"BoxUsage:{usage}",
            instance_type=usage,
            commitment_id=f"{FOREIGN}/{plan}",
            commitment_type=kind,
            commitment_category="Spend",
            commitment_unit="USD",
            commitment_status="Used",
            pricing_category="Committed",
            usage_quantity="10",
            commitment_quantity=rate,
            list_cost="10",
            effective_cost=rate,
        )
        for at in range(10)
    ]


def test_what_others_plans_cover_is_left_out(a_record: ARecord, table_of: TableOf) -> None:
    """Their names are hidden, so that several would become one plan of one kind."""
    rows = [
        *covered_by(a_record, "one", "EC2InstanceSavingsPlans", "m5.large", "6"),
        *covered_by(a_record, "two", "ComputeSavingsPlans", "c5.large", "7"),
    ]
    with HourlyRecords.from_arrow(table_of(rows)) as known:
        (separate,) = agreements(known, OCTOBER).values()
    with HourlyRecords.from_arrow(without_foreign_commitments(table_of(rows))) as hidden:
        left_out = agreements(hidden, OCTOBER)

    assert separate.used_commitment.percent < 0.1
    assert left_out == {}
