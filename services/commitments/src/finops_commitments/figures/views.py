"""The views of hourly records that questions read: classified by usage, sorted into cost groups."""

from collections.abc import Sequence
from dataclasses import fields

import duckdb
import pyarrow as pa

from finops_commitments.cost_groups.domain import facts, path, sorted_into
from finops_commitments.figures.eligibility import Program, Usage, eligible_programs
from finops_commitments.figures.owners import account_name, owner_of
from finops_common.contracts.ingestion_queries import CostGroupRules

# Google's fees of some commitments stand for themselves: nothing says what of them was used.
_UNSPREAD = "coalesce(r.charge_kind = 'unspread_commitment_fee', false)"

_USAGE_COLUMNS = tuple(each.name for each in fields(Usage))
_SPEND_PROGRAMS = frozenset(Program) - {Program.RESERVED}


def classify(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make the table of what could cover each usage of `source`, and that of who owns what."""
    columns = ", ".join(_USAGE_COLUMNS)
    found = connection.execute(f"SELECT DISTINCT {columns} FROM {source} ORDER BY ALL")  # noqa: S608 -- own constants
    connection.register("usages", _classified([Usage(*row) for row in found.fetchall()]))
    used = connection.execute(
        "SELECT DISTINCT commitment_id, account_id "  # noqa: S608 -- own constants
        f"FROM {source} WHERE commitment_id IS NOT NULL ORDER BY ALL"
    )
    connection.register("owners", _owned(used.fetchall()))


def sort_into(
    connection: duckdb.DuckDBPyConnection, source: str, rules: CostGroupRules | None
) -> None:
    """Make the views `plain`, with rules each record's cost group, and `records`, classified too.

    What asks for no class is quicker of `plain`.
    """
    group, join = "", ""
    if rules is not None:
        columns = facts(rules)
        found = connection.sql(f"SELECT DISTINCT {', '.join(columns)} FROM {source}")  # noqa: S608 -- columns of the contract
        connection.register("cost_groups", _grouped(rules, found.to_arrow_table()))
        group = ", g.cost_group, g.cost_group_path"
        join = f"JOIN cost_groups g ON {_same(columns, 'g')}"
    connection.execute(
        f"""CREATE OR REPLACE VIEW plain AS
        SELECT r.* REPLACE (make_timestamp(epoch_us(r.hour)) AS hour){group}
        FROM {source} r {join}"""  # noqa: S608 -- the same
    )
    # Joined, for to read an owner out of each row's id takes five times as long as the rest.
    connection.execute(
        f"""CREATE OR REPLACE VIEW records AS
        SELECT r.*, u.eligible, u.reservable, u.spend_eligible, u.compute_eligible,
            o.owner, o.own, {_UNSPREAD} AS unspread
        FROM plain r
        JOIN usages u ON {_same(_USAGE_COLUMNS, "u")}
        LEFT JOIN owners o ON r.commitment_id = o.commitment_id AND {_same(["account_id"], "o")}"""  # noqa: S608 -- own constants
    )


def _grouped(rules: CostGroupRules, records: pa.Table) -> pa.Table:
    names = sorted_into(rules, records)
    paths = [path(rules, name) for name in names]
    found = records.append_column("cost_group", pa.array(names, pa.string()))
    return found.append_column("cost_group_path", pa.array(paths, pa.list_(pa.string())))


def _same(columns: Sequence[str], other: str) -> str:
    return " AND ".join(f"r.{name} IS NOT DISTINCT FROM {other}.{name}" for name in columns)


def _owned(pairs: Sequence[tuple[str, str | None]]) -> pa.Table:
    """Whose each commitment is, and whether that is the account it was used by."""
    owners = [owner_of(commitment) for commitment, _ in pairs]
    own = [
        None if owner is None or account is None else account_name(owner) == account_name(account)
        for owner, (_, account) in zip(owners, pairs, strict=True)
    ]
    columns = {
        "commitment_id": [commitment for commitment, _ in pairs],
        "account_id": [account for _, account in pairs],
        "owner": owners,
    }
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return pa.table(texts | {"own": pa.array(own, pa.bool_())})


def _classified(usages: Sequence[Usage]) -> pa.Table:
    programs = [eligible_programs(usage) for usage in usages]
    texts = {
        name: pa.array([getattr(usage, name) for usage in usages], pa.string())
        for name in _USAGE_COLUMNS
    }
    return pa.table(
        texts
        | {
            "eligible": pa.array([bool(each) for each in programs], pa.bool_()),
            "reservable": pa.array([Program.RESERVED in each for each in programs], pa.bool_()),
            "spend_eligible": pa.array(
                [bool(each & _SPEND_PROGRAMS) for each in programs], pa.bool_()
            ),
            "compute_eligible": pa.array(
                [Program.COMPUTE_SAVINGS_PLAN in each for each in programs], pa.bool_()
            ),
        }
    )
