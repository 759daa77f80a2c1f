"""P1, P2: DuckDB reads the bill's files and groups them by nine keys with six sums."""

import duckdb

from sides import Clock, Given, Sample

GROUPED = """
    CREATE OR REPLACE TABLE grouped AS
    SELECT date_trunc('hour', line_item_usage_start_date) AS hour,
        line_item_usage_account_id, line_item_product_code, product_region_code, product_sku,
        line_item_usage_type, line_item_operation, line_item_line_item_type AS kind,
        coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) AS commitment,
        count(*) AS lines, sum(line_item_usage_amount) AS quantity,
        sum(line_item_unblended_cost) AS unblended,
        sum(pricing_public_on_demand_cost) AS public,
        sum(savings_plan_savings_plan_effective_cost) AS plan_effective,
        sum(reservation_effective_cost) AS reservation_effective
    FROM read_parquet('{files}') GROUP BY ALL
"""
SUMS = """
    SELECT sum(lines),
        sum(unblended) FILTER (kind NOT IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')),
        sum(public) FILTER (kind IN ('SavingsPlanCoveredUsage', 'DiscountedUsage'))
    FROM grouped
"""


def measure(given: Given) -> Sample:
    connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    connection.execute(GROUPED.format(files=f"{given.tiny}/*.parquet"))
    with Clock() as clock:
        connection.execute(GROUPED.format(files=f"{given.bill}/*.parquet"))
    lines, billed, covered = connection.execute(SUMS).fetchall()[0]
    groups = connection.execute("SELECT count(*) FROM grouped").fetchall()[0][0]
    # The bill's amounts have four decimals: rounded to cents, sums of doubles are exact.
    answer = {"lines": int(lines), "billed": f"{billed:.2f}", "covered": f"{covered:.2f}"}
    return clock.sample(given.rows, answer, groups=groups)
