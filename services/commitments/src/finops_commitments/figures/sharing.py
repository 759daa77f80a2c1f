"""What an organization may see of commitments that others share with it: totals alone (ORG-5)."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from finops_commitments.figures.owners import account_name, owner_of

ELSEWHERE = "arn:aws:shared-from-elsewhere::000000000000:commitment"
"""Stands for every commitment whose owner is no account of the organization."""


def without_foreign_commitments(table: pa.Table) -> pa.Table:
    """The records with the ids of foreign commitments replaced by one that names nobody.

    Records are of the organization's own accounts, so an owner that is none of them is
    another organization's; usage under its commitments still counts as covered and shared.
    """
    accounts = pc.unique(table.column("account_id")).to_pylist()
    own = {account_name(each) for each in accounts if each}
    ids = pc.unique(table.column("commitment_id")).to_pylist()
    foreign = [each for each in ids if each and _is_of_none(each, own)]
    if not foreign:
        return table
    at = table.schema.get_field_index("commitment_id")
    column: Any = table.column(at).cast(pa.string())
    hidden = pc.if_else(pc.is_in(column, pa.array(foreign, pa.string())), ELSEWHERE, column)
    return table.set_column(at, "commitment_id", hidden.dictionary_encode())


def _is_of_none(commitment_id: str, accounts: set[str]) -> bool:
    owner = owner_of(commitment_id)
    return owner is not None and account_name(owner) not in accounts
