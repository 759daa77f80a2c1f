"""A payer's days on Azure as hours in the words of Azure's price list, so that one market reads both.

Azure's bills tell days: each is taken as even over its 24 hours. A virtual machine is its size
in a region, priced as Linux at the list's price on demand, since neither reservations nor
savings plans pay for software such as Windows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import Filters, HourlyRecords, condition
from finops_commitments.offers.packing import on_demand_prices
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family
from finops_commitments.simulation.azure_sizes import VIRTUAL_MACHINES
from finops_common.contracts.cost_records import COLUMNS, MEASURES

PROVIDER = "Microsoft"
LATE = timedelta(hours=48)
"""Usage may arrive so late: the days before the newest instant are not whole yet."""

LEFT_OUT = (
    "days as even over their 24 hours, for Azure's bills tell no hours",
    "the last 48 hours, for usage of Azure may arrive that late",
    "the price sheet, which needs rights of its own: prices are retail, on demand and committed",
    "software on virtual machines, such as Windows: no commitment pays for it",
    "narrower scopes: what is bought is shared by all subscriptions, and what is owned counts so",
    "reservations of other services than virtual machines, and savings plans for other compute",
)
ENDS = "when owned commitments end, where nobody tells it: what they cover stays covered"
FOREIGN = "prices in other currencies than USD are what Microsoft gives for reference"

_NAMES = ", ".join(column.name for column in COLUMNS)
_MONEY = frozenset({"list_cost", "lines", "lines_without_list_cost"})
_ADDED_UP = tuple(each.name for each in MEASURES if each.name not in _MONEY)
_PRICED = "l.size IS NOT NULL"
_OF_MACHINES = f"d.service IN ('{VIRTUAL_MACHINES}', 'Virtual Machine Scale Sets')"
_LISTED = pa.schema(
    [("region", pa.string()), ("size", pa.string()), ("price", pa.decimal128(38, 12))]
)


def whole_days(until: datetime) -> datetime:
    """The midnight up to which days are whole, of bills that are known up to `until`."""
    return (until - LATE).replace(hour=0, minute=0, second=0, microsecond=0)


@contextmanager
def as_hours(
    records: HourlyRecords, prices: StoredPrices, family: Family, until: datetime
) -> Iterator[HourlyRecords]:
    """The payer's records before `until` in one currency, with every day as 24 equal hours.

    Usage of virtual machines that the list prices has the size as its usage type, no operation
    and the list's price; of other usage it is what the bill says. Machines that it does not
    price, or not in hours of regular priority, have no size: nothing is reserved for them.
    """
    filters = Filters(family.currency, None, until, ((Group.PAYER, family.payer_account_id),))
    where, values = condition(filters)
    told = records.arrow(f"SELECT {_NAMES} FROM plain WHERE {where}", values)  # noqa: S608 -- own constants, values are bound
    # A size is one row, however the list spells it: of two its usage would count twice.
    listed = {
        (region, size.casefold()): {"region": region, "size": size, "price": price}
        for (region, size), price in on_demand_prices(prices, family.currency).items()
    }
    connection = duckdb.connect()
    connection.register("told", told)
    connection.register("listed", pa.Table.from_pylist(list(listed.values()), schema=_LISTED))
    connection.execute(_PARTS)
    connection.execute(_HOURS)
    with HourlyRecords(connection, "hourly") as hourly:
        yield hourly


def _share(amount: str) -> str:
    return f"CAST({amount} / parts AS DECIMAL(38, 12))"


# Divided while there is a row a day: the view then only tells each of them 24 times.
_PARTS = f"""
    CREATE TABLE parts AS
    SELECT d.* REPLACE (
        CASE d.charge_span WHEN 'day' THEN 'hour' ELSE d.charge_span END AS charge_span,
        CASE WHEN {_PRICED} THEN '{VIRTUAL_MACHINES}' ELSE d.service END AS service,
        CASE WHEN {_PRICED} THEN l.size ELSE d.usage_type END AS usage_type,
        CASE WHEN {_PRICED} THEN NULL ELSE d.operation END AS operation,
        CASE WHEN {_OF_MACHINES} THEN l.size ELSE d.instance_type END AS instance_type,
        CASE WHEN {_PRICED} THEN {_share("CAST(d.usage_quantity AS DOUBLE) * l.price")}
            ELSE {_share("d.list_cost")} END AS list_cost,
        CASE WHEN {_PRICED} THEN 0 ELSE d.lines_without_list_cost END AS lines_without_list_cost,
        {", ".join(f"{_share(f'd.{name}')} AS {name}" for name in _ADDED_UP)})
    FROM (SELECT *, CASE charge_span WHEN 'day' THEN 24 ELSE 1 END AS parts FROM told) d
    LEFT JOIN listed l ON d.region = l.region AND lower(d.instance_type) = lower(l.size)
        AND {_OF_MACHINES} AND d.charge_category = 'Usage' AND d.usage_unit = 'Hours'
        AND NOT regexp_matches(coalesce(d.usage_type, ''), 'Spot|Low Priority')"""  # noqa: S608 -- own constants
_HOURS = f"""
    CREATE VIEW hourly AS
    SELECT {_NAMES} FROM parts WHERE parts = 1
    UNION ALL
    SELECT {_NAMES.replace("hour,", "hour + to_hours(since) AS hour,", 1)}
    FROM parts CROSS JOIN range(24) h(since) WHERE parts = 24"""  # noqa: S608 -- own constants
