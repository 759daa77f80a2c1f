"""SQL text for one source cell: found by name whatever its spelling, read as its kind.

Text cells stay as they are (account ids keep their zeros), amounts are exact decimals,
instants are UTC. What cannot be read becomes NULL here and a refused row above.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from finops_ingestion.bills.files import Column, Layout
from finops_ingestion.bills.mapping import Input, Kind

AMOUNT = "DECIMAL(27, 12)"
"""One amount, below 10^15 as any real one is; sums are DECIMAL(38, 12) and cannot overflow."""
_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.ACCOUNT: "VARCHAR",
    Kind.AMOUNT: AMOUNT,
    Kind.INSTANT: "TIMESTAMP",
}
_NESTED = re.compile(r"(?P<column>[^\[\]]+)\[(?P<key>[^\[\]]+)\]")
_IGNORED = re.compile(r"[/_ \-\ufeff]")
_DEEP = ("map", "struct", "list<", "large_list<")

# Text that looks like money: sign or brackets, currency, thousands, fraction.
_MONEY = r"\s*\(?[-+]?\s?[$€£¥₩]?\s?[-+]?\d{1,3}(,\d{3})*(\.\d+)?\s?\)?\s*"
_PLAIN_MONEY = r"\s*\(?[-+]?\s?[$€£¥₩]?\s?[-+]?\d+(\.\d+)?\s?\)?\s*"

MACROS = f"""
CREATE TEMP MACRO money(x) AS CASE
    WHEN regexp_full_match(x, '{_MONEY}') OR regexp_full_match(x, '{_PLAIN_MONEY}')
    THEN CASE WHEN contains(x, '(') THEN -1 ELSE 1 END
        * try_cast(regexp_replace(x, '[^0-9.+-]', '', 'g') AS {AMOUNT}) END;
CREATE TEMP MACRO amount(x) AS CASE WHEN contains(x, '_') THEN NULL
    ELSE coalesce(try_cast(x AS {AMOUNT}), money(x)) END;
CREATE TEMP MACRO plausible(t) AS CASE
    WHEN t BETWEEN TIMESTAMP '2000-01-01' AND TIMESTAMP '2100-01-01' THEN t END;
CREATE TEMP MACRO in_utc(t) AS CASE WHEN isfinite(t) THEN make_timestamp(epoch_us(t)) END;
CREATE TEMP MACRO iso_instant(x) AS plausible(CASE
    WHEN length(x) > 19 AND NOT ends_with(x, 'Z')
    THEN in_utc(try_cast(x AS TIMESTAMPTZ)) ELSE try_cast(x AS TIMESTAMP) END);
CREATE TEMP MACRO month_first(x) AS CASE WHEN contains(x, '/') THEN plausible(try_strptime(x,
    ['%m/%d/%y', '%m/%d/%Y', '%m/%d/%Y %H:%M', '%m/%d/%Y %H:%M:%S', '%m/%d/%y %H:%M',
     '%Y/%m/%d', '%Y/%m/%d %H:%M:%S']))
    ELSE iso_instant(x) END;
CREATE TEMP MACRO day_first(x) AS CASE WHEN contains(x, '/') THEN plausible(try_strptime(x,
    ['%d/%m/%y', '%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S', '%d/%m/%y %H:%M',
     '%Y/%m/%d', '%Y/%m/%d %H:%M:%S']))
    ELSE iso_instant(x) END;
CREATE TEMP MACRO filled(x) AS nullif(nullif(nullif(x, ''), 'NULL'), 'null');
CREATE TEMP MACRO json_text(x, path) AS
    CASE WHEN json_valid(x) THEN json_extract_string(x, path) END;
CREATE TEMP MACRO python_json(x) AS
    regexp_replace(replace(x, '''', '"'), ':\\s*None\\b', ': null', 'g');
CREATE TEMP MACRO json_of(x) AS CASE WHEN json_valid(x) THEN x
    WHEN json_valid(python_json(x)) THEN python_json(x) END;
CREATE TEMP MACRO label_in(x, wanted) AS CASE WHEN contains(x, wanted) THEN
    list_filter(from_json(json_of(x), '[{{"key": "VARCHAR", "value": "VARCHAR"}}]'),
        lambda label: label.key = wanted)[1].value END;
CREATE TEMP MACRO credits_of(x) AS from_json(json_of(x), '[{{"type": "VARCHAR",
    "amount": "VARCHAR", "full_name": "VARCHAR", "name": "VARCHAR", "id": "VARCHAR"}}]');
CREATE TEMP MACRO credits_like(x, kinds) AS
    list_filter(credits_of(x), lambda credit: list_contains(kinds, credit.type));
CREATE TEMP MACRO sum_of_credits(credits) AS coalesce(list_sum(
    list_transform(credits, lambda credit: amount(credit.amount))), 0);
CREATE TEMP MACRO credit_sum(x) AS CASE WHEN x = '[]' THEN 0
    WHEN len(list_filter(credits_of(x), lambda credit: amount(credit.amount) IS NULL)) = 0
    THEN sum_of_credits(credits_of(x)) END;
CREATE TEMP MACRO span_of(a, b) AS CASE
    WHEN b IS NULL OR b - a <= INTERVAL 1 HOUR THEN 'hour' WHEN b - a <= INTERVAL 25 HOUR THEN 'day'
    WHEN b - a <= INTERVAL 745 HOUR THEN 'month' ELSE 'term' END;
CREATE TEMP MACRO instance_size(x) AS CASE WHEN contains(x, '.') THEN split_part(x, '.', -1) END;
CREATE TEMP MACRO instance_family(x) AS CASE
    WHEN contains(x, '.') THEN left(x, length(x) - length(split_part(x, '.', -1)) - 1) END;
CREATE TEMP MACRO instance_type_in(usage_type) AS nullif(regexp_extract(usage_type,
    ':((?:db|cache|ml)?\\.?[a-z][a-z0-9-]*[0-9][a-z0-9-]*\\.[a-z0-9-]+)$', 1), '');
"""
"""What generated statements call; made once per connection, times read as UTC."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How to read one input: `value` is NULL where `broken` holds or nothing is there."""

    value: str
    broken: str | None
    """SQL condition: something stands there that is not of its kind."""
    source: str | None
    """The column as the file names it."""
    column: str | None = None
    """The column itself, where `value` is its text cleaned by filled() and nothing else."""

    @property
    def raw(self) -> str:
        """The value before filled(), which may be left for later."""
        return self.column or self.value


def folded(name: str) -> str:
    """A column name without case, slashes, underscores, hyphens and spaces."""
    return _IGNORED.sub("", name).lower()


def ident(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted SQL text."""
    return "'" + text.replace("'", "''") + "'"


def scan_name(layout: Layout, position: int) -> str:
    """The column's SQL name in a scan: text files may repeat names, so theirs are positions."""
    column = layout.columns[position]
    if layout.format == "csv":
        return ident(f"c{position}")
    return ".".join(map(ident, column.path or (column.name,)))


def cell(layout: Layout, value: Input) -> Cell:
    """The SQL that reads an input from a file of this layout.

    Keys of nested columns are asked for only where no plain column is there: they are dear.
    """
    plain = [source for source in value.sources if not _NESTED.fullmatch(source)]
    keys = [source for source in value.sources if _NESTED.fullmatch(source)]
    found = _found(layout, plain, value.kind) or _found(layout, keys, value.kind)
    if value.kind is Kind.PRESENT:
        return Cell("TRUE" if found else "FALSE", None, None)
    if not found:
        return Cell(f"CAST({value.default or 'NULL'} AS {_TYPES[value.kind]})", None, None)
    if value.reading:
        return _made(value, found[0], layout)
    values = [read.value for read in found]
    joined = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
    broken = [read.broken for read in found if read.broken]
    column = found[0].column if len(found) == 1 else None
    return Cell(joined, " OR ".join(broken) or None, found[0].source, column)


def _made(value: Input, found: Cell, layout: Layout) -> Cell:
    (text,) = _found(layout, [found.source or ""], Kind.TEXT)
    made = (value.reading or "{}").replace("{}", text.value)
    strict = f"({text.value} IS NOT NULL AND {made} IS NULL)"
    return Cell(made, strict if value.kind is Kind.AMOUNT else None, found.source)


def _found(layout: Layout, sources: Sequence[str], kind: Kind) -> list[Cell]:
    return [read for source in sources if (read := _read(layout, source, kind))]


def _read(layout: Layout, source: str, kind: Kind) -> Cell | None:
    nested = _NESTED.fullmatch(source)
    wanted = folded(nested["column"] if nested else source)
    for position, column in enumerate(layout.columns):
        if folded(column.name) == wanted and bool(nested) == _may_nest(layout, column, nested):
            raw = scan_name(layout, position)
            if nested:
                raw, column = _key(raw, column, nested["key"]), Column(column.name, "nested")  # noqa: PLW2901 - the loop ends here
            return _cast(raw, column, layout, kind)
    return None


def _may_nest(layout: Layout, column: Column, nested: re.Match[str] | None) -> bool:
    """Whether the column can hold keys; a plain column asked for plainly always fits."""
    if nested is None:
        return False
    deep = column.type.startswith(_DEEP)
    return deep or (layout.format == "csv" or column.type in {"string", "large_string"})


def _key(raw: str, column: Column, key: str) -> str:
    if column.type.startswith("map"):
        return f"{raw}[{literal(key)}]"
    if column.type.startswith("struct"):
        return f"json_extract_string(to_json({raw}), {literal(f'$.{key}')})"
    return f"json_text({raw}, {literal(f'$.{key}')})"


def _cast(raw: str, column: Column, layout: Layout, kind: Kind) -> Cell:
    text = layout.format == "csv" or column.type in {"string", "large_string", "nested"}
    if kind in {Kind.TEXT, Kind.ACCOUNT, Kind.PRESENT}:
        untouched = raw if column.type == "string" and layout.format == "parquet" else None
        value = _text(raw, column, kind, plain=layout.format == "csv")
        return Cell(value, None, column.name, untouched)
    if text:
        raw = raw if layout.format == "csv" else f"filled({raw})"
        dates = "day_first" if layout.day_first else "month_first"
        value = f"amount({raw})" if kind is Kind.AMOUNT else f"{dates}({raw})"
    else:
        value = _typed(raw, column, kind)
    return Cell(value, f"({raw} IS NOT NULL AND {value} IS NULL)", column.name)


def _text(raw: str, column: Column, kind: Kind, *, plain: bool) -> str:
    if plain:
        return raw
    if column.type.startswith(_DEEP):
        return f"CAST(to_json({raw}) AS VARCHAR)"
    if column.type in {"string", "large_string", "nested"} or column.type.startswith("dict"):
        return f"filled(CAST({raw} AS VARCHAR))" if column.type != "string" else f"filled({raw})"
    # AWS account ids have 12 digits; a number has lost its leading zeros.
    padded = f"lpad(CAST({raw} AS VARCHAR), 12, '0')"
    return padded if kind is Kind.ACCOUNT else f"CAST({raw} AS VARCHAR)"


def _typed(raw: str, column: Column, kind: Kind) -> str:
    if kind is Kind.AMOUNT:
        return f"try_cast({raw} AS {AMOUNT})"
    zoned = column.type.startswith("timestamp") and "tz=" in column.type
    moment = f"in_utc({raw})" if zoned else f"try_cast({raw} AS TIMESTAMP)"
    return f"plausible({moment})"
