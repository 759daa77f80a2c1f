"""P10: the same by window functions of DuckDB, a query for each of the three steps.

The usage of every SKU and hour stands in a table before the clock starts.
"""

from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa

from coverage_year import RESERVED, Floats, World, a_world, told
from finops_commitments.simulation.aws import PlanType
from sides import Clock, Given, Sample

LEFT = """
    CREATE TABLE left_{step} AS
    WITH needed AS (
        SELECT hour, line, quantity, weight, capacity, quantity * weight AS need,
            sum(quantity * weight) OVER (PARTITION BY pool, hour ORDER BY place) AS upto
        FROM left_{before} JOIN wants_{step} USING (line) JOIN capacities_{step} USING (pool, hour))
    SELECT hour, line, u.quantity - coalesce(c.taken, 0) AS quantity, coalesce(c.taken, 0) AS taken
    FROM left_{before} u LEFT JOIN (
        SELECT hour, line, greatest(0, least(need, capacity - upto + need)) / weight AS taken
        FROM needed) c USING (hour, line)
"""
USED = """
    WITH given AS (
        SELECT pool, hour, sum(taken * weight) AS given
        FROM left_{step} JOIN wants_{step} USING (line) GROUP BY ALL),
    before AS (
        SELECT *, sum(held) OVER (PARTITION BY pool, hour ORDER BY place) - held AS before
        FROM held_{step})
    SELECT commitment, sum(greatest(0, least(held, coalesce(given, 0) - before)) / unit) AS used
    FROM before LEFT JOIN given USING (pool, hour) GROUP BY commitment ORDER BY commitment
"""
CAPACITY = """
    CREATE TABLE capacities_{step} AS
    SELECT pool, hour, sum(held) AS capacity FROM held_{step} GROUP BY ALL HAVING capacity > 0
"""
STEPS = ("reserved", "ec2_instance", "compute")


def measure(given: Given) -> Sample:
    world = a_world(given)
    connection = duckdb.connect(config={"threads": 2})
    _fill(connection, world)
    with Clock() as clock:
        for before, step in zip(("none", *STEPS), STEPS, strict=False):
            connection.execute(CAPACITY.format(step=step))
            connection.execute(LEFT.format(step=step, before=before))
        taken = {step: _column(connection, f"SELECT sum(taken) FROM left_{step} GROUP BY line ORDER BY line") for step in STEPS}  # fmt: skip
        left = _column(connection, "SELECT sum(quantity) FROM left_compute GROUP BY line ORDER BY line")  # fmt: skip
        used = [_column(connection, _used(step)) for step in STEPS]
    plans = taken["ec2_instance"] + taken["compute"]
    answer = told(taken["reserved"], plans, left, np.concatenate(used))
    return clock.sample(world.usage.size, answer)


def _used(step: str) -> str:
    return f"SELECT used FROM ({USED.format(step=step)})"


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> Floats:
    return np.array([row[0] for row in connection.execute(query).fetchall()], float)


def _fill(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    skus, hours = world.usage.shape
    _table(
        connection,
        "left_none",
        line=np.repeat(np.arange(skus), hours),
        hour=np.tile(np.arange(hours), skus),
        quantity=world.usage.ravel(),
    )
    for step in STEPS:
        _wants(connection, step, world)
        _holds(connection, step, world)


def _wants(connection: duckdb.DuckDBPyConnection, step: str, world: World) -> None:
    """Which pool a SKU is in, at which place, and what a unit of it draws."""
    rows = []
    for at, line in enumerate(world.family.lines):
        where, price = line.instance, line.on_demand_rate or 0
        pool = "all" if step == "compute" else f"{where.region} {where.family}"
        if step == "reserved":
            units = float(where.units or 0)
            rows.append((at, pool, units, (units, -price, line.label)))
        else:
            rate = line.rates[step]
            rows.append((at, pool, float(rate), (rate / price, rate, line.label)))
    rows.sort(key=lambda row: row[-1])
    lines, pools, weights, _ = zip(*rows, strict=True)
    _table(connection, f"wants_{step}", line=lines, pool=pools, weight=weights, place=range(len(rows)))  # fmt: skip


def _holds(connection: duckdb.DuckDBPyConnection, step: str, world: World) -> None:
    """What each commitment offers in each hour, in its pool's units."""
    family = world.family
    if step == "reserved":
        found = [
            (at, f"{each.instance.region} {each.instance.family}", float(each.instance.units or 1))
            for at, each in enumerate(family.reserved)
        ]
    else:
        found = [
            (
                RESERVED + at,
                "all" if each.type is PlanType.COMPUTE else f"{each.region} {each.family}",
                1.0,
            )
            for at, each in enumerate(family.plans)
            if each.type.value == step
        ]
    hours = world.usage.shape[1]
    at = np.array([each[0] for each in found])
    units = np.array([each[2] for each in found])
    _table(
        connection,
        f"held_{step}",
        commitment=np.repeat(at, hours),
        place=np.repeat(at, hours),
        pool=np.repeat([each[1] for each in found], hours),
        unit=np.repeat(units, hours),
        hour=np.tile(np.arange(hours), len(found)),
        held=(world.held[at] * units[:, None]).ravel(),
    )


def _table(connection: duckdb.DuckDBPyConnection, name: str, **columns: Iterable[object]) -> None:
    made = pa.table({key: pa.array(list(values) if isinstance(values, range) else values) for key, values in columns.items()})  # fmt: skip
    connection.register("made", made)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM made")
    connection.unregister("made")
