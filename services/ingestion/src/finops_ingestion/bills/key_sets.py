"""Key sets: the texts lines are grouped by, worked on once per distinct set and not per line.

A bill of millions of lines has a few thousand sets. Lines are summed by hour and a hash of
their set; what follows from texts alone is worked out on the sets afterwards.
"""

import duckdb

from finops_ingestion.bills.cells import ident
from finops_ingestion.bills.keys import set_columns
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import bracketed, keyed_sql, select


class KeySetCollisionError(Exception):
    """Two different key sets have the same hash; their sums must not be mixed."""


def grouped_sql(mapping: Mapping, lines: str) -> str:
    """Lines summed by hour and key set, and beside them each set once, with its `texts`.

    Counts beside the sums: lines, and those of them whose public price the bill gives.
    """
    columns = ", ".join(map(ident, set_columns(mapping)))
    packed = ", ".join(f"{name} := {name}" for name in map(ident, set_columns(mapping)))
    return select(
        {
            "hour": "hour",
            "key_set": "key_set",
            "texts": f"CASE WHEN grouping(hour) = 1 THEN [struct_pack({packed})] END",
            **{name: f"sum({ident(name)})" for name in mapping.sums()},
            "lines": "count(*)",
            "priced": "count(public_cost)",
        },
        bracketed(select(["*", f"hash({columns}) AS key_set"], lines)),
        f"GROUP BY GROUPING SETS ((hour, key_set), (key_set, {columns}))",
    )


def make_cube(connection: duckdb.DuckDBPyConnection, mapping: Mapping, lines: str) -> None:
    """Make `key_sets`, `sums` by hour and key set, and `cube` of both, from a relation of lines.

    Raises:
        KeySetCollisionError: two sets share a hash; practically impossible.
    """
    connection.execute("CREATE TABLE grouped AS " + grouped_sql(mapping, lines))
    connection.execute("CREATE TABLE key_sets AS " + _key_sets_sql(mapping))
    check_hashes(connection)
    connection.execute(_sums_sql(connection, mapping))
    cube = select(["* EXCLUDE (same)"], "sums JOIN key_sets USING (key_set)")
    connection.execute("CREATE VIEW cube AS " + cube)


def check_hashes(connection: duckdb.DuckDBPyConnection) -> None:
    """See that no two sets of the table `key_sets` share a hash.

    Raises:
        KeySetCollisionError: two do.
    """
    hashes = bracketed(select(["unnest(same) AS key_set"], "key_sets"))
    repeated = select(["key_set"], hashes, "GROUP BY ALL HAVING count(*) > 1")
    if connection.execute(repeated).fetchall():
        raise KeySetCollisionError


def _key_sets_sql(mapping: Mapping) -> str:
    """Sets whose keys are the same become one; `same` has the hashes of all of them."""
    unpacked = ["key_set", "unnest(texts, recursive := true)"]
    sets = bracketed(select(unpacked, "grouped", "WHERE texts IS NOT NULL"))
    keys = [ident(name) for name in (*mapping.keys(), "refusal") if name != "hour"]
    return select(
        ["min(key_set) AS key_set", "list(key_set) AS same", *keys],
        bracketed(keyed_sql(mapping, sets)),
        "GROUP BY ALL",
    )


def _sums_sql(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> str:
    """A view, unless different texts have made the same keys: then their sums are added up."""
    alike = select(["1"], "key_sets", "WHERE len(same) > 1 LIMIT 1")
    if not connection.execute(alike).fetchall():
        return "CREATE VIEW sums AS " + select(
            ["* EXCLUDE (texts)"], "grouped", "WHERE texts IS NULL"
        )
    owners = bracketed(select(["key_set", "unnest(same) AS hash"], "key_sets"))
    counts = [f"CAST(sum({name}) AS BIGINT) AS {name}" for name in ("lines", "priced")]
    return "CREATE TABLE sums AS " + select(
        ["hour", "owners.key_set", *(f"sum({n}) AS {ident(n)}" for n in mapping.sums()), *counts],
        f"grouped JOIN {owners} AS owners ON grouped.key_set = hash",
        "WHERE texts IS NULL GROUP BY ALL",
    )
