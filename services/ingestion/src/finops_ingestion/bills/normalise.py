"""The one SQL statement of a source schema, rendered from its mapping and a file's real columns.

cells    every input read as its kind, and what is broken
lines    derived values but the late keys, and the reason a line is refused
cube     lines summed over all keys, refused ones under their reason (key_sets.py)
records  the mapping's rules, over the cube or over single lines alike
"""

from collections import defaultdict
from collections.abc import Mapping as Map
from collections.abc import Sequence
from pathlib import Path

from finops_ingestion.bills.cells import cell, ident, literal
from finops_ingestion.bills.files import BillFile, Layout
from finops_ingestion.bills.json_lines import json_scan
from finops_ingestion.bills.keys import late_keys, late_texts, set_columns
from finops_ingestion.bills.mapping import Input, Kind, Mapping, Part


def select(columns: Map[str, str] | Sequence[str], source: str, *clauses: str) -> str:
    """A SELECT with one column a line; a mapping gives name to expression."""
    if isinstance(columns, Map):
        shown = [
            expression if expression == name else f"{expression} AS {ident(name)}"
            for name, expression in columns.items()
        ]
    else:
        shown = list(columns)
    return "\n".join(["SELECT " + ",\n  ".join(shown), f"FROM {source}", *clauses])


def bracketed(statement: str) -> str:
    """The statement as a source for another one."""
    return "(\n" + statement + "\n)"


def by_layout(files: Sequence[BillFile]) -> dict[Layout, list[Path]]:
    """The files that one scan reads together."""
    groups: dict[Layout, list[Path]] = defaultdict(list)
    for file in files:
        groups[file.layout].append(file.path)
    return dict(groups)


def scan(layout: Layout, paths: Sequence[Path], *, rejects: bool) -> str:
    """The table function that reads files of one layout, text cells untouched."""
    names = "[" + ", ".join(literal(str(path)) for path in paths) + "]"
    if layout.format == "parquet":
        return f"read_parquet({names}, hive_partitioning = false, file_row_number = true)"
    if layout.format == "json":
        return json_scan(layout, names)
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.columns)))
    kept = ", store_rejects = true, rejects_limit = 0" if rejects else ""
    return (
        f"read_csv({names}, auto_detect = false, header = true, columns = {{{columns}}}, "
        f"delim = {literal(layout.delimiter)}, quote = '\"', escape = '\"', "
        f"nullstr = ['', 'NULL', 'null'], compression = {literal(layout.compression)}, "
        f"hive_partitioning = false, ignore_errors = true{kept})"
    )


def cells_sql(
    mapping: Mapping, layout: Layout, source: str, extra: Map[str, str] | None = None
) -> str:
    """Every input of the mapping from one layout; `broken` says which source cell is wrong."""
    columns: dict[str, str] = {}
    broken: list[str] = []
    late = late_texts(mapping)
    for value in mapping.inputs:
        read = cell(layout, value)
        columns[value.name] = read.raw if value.name in late else read.value
        if read.broken:
            broken.append(f"WHEN {read.broken} THEN {literal(_complaint(value, read.source))}")
    columns["broken"] = f"CASE {' '.join(broken)} END" if broken else "CAST(NULL AS VARCHAR)"
    return select({**columns, **(extra or {})}, source)


def _complaint(value: Input, source: str | None) -> str:
    what = "an amount" if value.kind is Kind.AMOUNT else "a date and time"
    return f"{source} is not {what}"


def lines_sql(mapping: Mapping, cells: str, shown: Sequence[str] = ()) -> str:
    """What every line is grouped by, its sums, and its `refusal`, NULL where the line is good."""
    late = late_keys(mapping)
    derived = {v.name: v.expression for v in mapping.derived if v not in late}
    faults = [f"WHEN ({d.condition}) IS NOT TRUE THEN {literal(d.reason)}" for d in mapping.demands]
    refusal = f"coalesce(broken, CASE {' '.join(faults)} END)"
    inner = ["*", *(f"{sql} AS {ident(name)}" for name, sql in derived.items())]
    worked = select([*inner, f"{refusal} AS refusal"], bracketed(cells))
    wanted = dict.fromkeys(("hour", *set_columns(mapping), *mapping.sums(), *shown))
    return select([ident(name) for name in wanted], bracketed(worked))


def bill_lines_sql(
    mapping: Mapping,
    groups: Map[Layout, Sequence[Path]],
    shown: Sequence[str] = (),
    extra: Map[Layout, Map[str, str]] | None = None,
    *,
    rejects: bool = False,
) -> str:
    """The lines of all files of a bill, whatever their layouts.

    `shown` names values to give beside keys and sums: inputs, or the cells in `extra`.
    With `rejects`, rows that a text file's reader cannot take apart are kept in its tables.
    """
    parts = [
        cells_sql(mapping, layout, scan(layout, paths, rejects=rejects), (extra or {}).get(layout))
        for layout, paths in groups.items()
    ]
    return lines_sql(mapping, "\nUNION ALL\n".join(parts), shown)


def keyed_sql(mapping: Mapping, source: str) -> str:
    """Rows of `source`, lines or sets of what lines are grouped by, with the late keys."""
    cleaned = ", ".join(f"filled({name}) AS {name}" for name in map(ident, late_texts(mapping)))
    clean = select([f"* REPLACE ({cleaned})" if cleaned else "*"], source)
    late = [f"{value.expression} AS {ident(value.name)}" for value in late_keys(mapping)]
    return select(["*", *late], bracketed(clean))


def records_sql(mapping: Mapping, source: str, extra: Sequence[str] = ()) -> str:
    """The records of accepted rows of `source`, which has keys, sums and counts."""
    shown = [f"{sql} AS {ident(name)}" for name, sql in record_columns(mapping).items()]
    return select(
        [*shown, *extra], bracketed(known_sql(mapping, bracketed(parts_sql(mapping, source))))
    )


def record_columns(mapping: Mapping) -> dict[str, str]:
    """The record's columns and the SQL for them, over keys, sums, counts and `part`."""
    unpriced = f"CASE WHEN part = 'line' AND ({mapping.usage}) THEN lines - priced ELSE 0 END"
    return {rule.column: rule.expression for rule in mapping.rules} | {
        "lines": "CASE WHEN part = 'line' THEN lines ELSE 0 END",
        "lines_without_list_cost": unpriced,
    }


def parts_sql(mapping: Mapping, source: str) -> str:
    """Accepted rows of `source`, which has keys, once for each part a record is made of.

    Reads the table `reach` (payer_account_id, billing_period, reach): the instant the bill
    has got to.
    """
    accepted = "WHERE refusal IS NULL"
    if not mapping.kinds:
        return select(["*", "'line' AS part"], source, accepted)
    cases = " ".join(
        f"WHEN {literal(kind)} THEN [{', '.join(literal(p) for p in parts if p is not Part.NONE)}]"
        for kind, parts in mapping.kinds.items()
    )
    part = f"unnest(CASE charge_kind {cases} ELSE ['line'] END) AS part"
    unnested = bracketed(select(["*", part], source, accepted))
    return select(["*"], f"{unnested} LEFT JOIN reach USING (payer_account_id, billing_period)")


def known_sql(mapping: Mapping, parts: str) -> str:
    """Parts that have come to pass: fees of hours from `reach` on are not unused yet."""
    if not mapping.kinds:
        return select(["*"], parts)
    past = f"* REPLACE ({', '.join(_without_future(mapping))})" if mapping.to_come else "*"
    return select(
        ["*"],
        bracketed(select([past], parts)),
        "WHERE part = 'line' OR (part = 'split' OR hour < reach)",
        "  AND (coalesce(amortised, 0) <> 0 OR coalesce(left_over, 0) <> 0)",
    )


def _without_future(mapping: Mapping) -> list[str]:
    """Of an unused part, the sums less what its line states for hours from `reach` on."""
    end = "hour + to_hours(CAST(fee_hours AS INTEGER))"
    future = f"greatest(0, least(fee_hours, date_diff('hour', reach, {end})))"
    return [
        f"CASE WHEN part = 'unused' AND fee_hours IS NOT NULL"
        f" THEN {total} - {hourly} * {future} ELSE {total} END AS {total}"
        for total, hourly in mapping.to_come.items()
    ]


def reach_sql(mapping: Mapping) -> str:
    """Until when the cube has metered usage by payer and period; invoiced, to the period's end.

    Of a bill by the day the last day has ended; where a bill has hours, a day's line in it says
    nothing of the hours to come.
    """
    end = "CAST(billing_period AS TIMESTAMP) + INTERVAL 1 MONTH"
    span = next(rule.expression for rule in mapping.rules if rule.column == "charge_span")
    hours = f"max(hour) FILTER ({span} = 'hour') + INTERVAL 1 HOUR"
    reach = f"least({end}, coalesce({hours}, max(hour) + INTERVAL 1 DAY))"
    closed = f"bool_and({mapping.invoiced})"
    return select(
        [
            "payer_account_id",
            "billing_period",
            f"CASE WHEN {closed} THEN {end} ELSE {reach} END AS reach",
            f"{closed} AS closed",
        ],
        "cube",
        f"WHERE refusal IS NULL AND {mapping.usage}",
        "GROUP BY payer_account_id, billing_period",
    )


def ordinal_column(layout: Layout) -> str:
    """SQL for a row's place in its file, from 1, among the rows the reader takes."""
    return "file_row_number + 1" if layout.format == "parquet" else "row_number() OVER ()"
