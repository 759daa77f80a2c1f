"""Resource pools from hourly records."""

from finops_commitments.figures.records import Filters, HourlyRecords, condition
from finops_commitments.resource_pools.domain import ResourcePool

_FEE = "charge_category = 'Purchase'"
# Fees read "Commitment v1: N2 Cpu in Americas for 1 Year", usage "N2 Instance Core running in
# Americas". Of the first generation (N1) the fee names no family. GPUs and disks stay out.
_RESOURCE = r"""CASE WHEN regexp_matches(usage_type, '(?i)\b(cpu|core)\b') THEN 'vcpu'
    WHEN regexp_matches(usage_type, '(?i)\bram\b') THEN 'memory' END"""
_FAMILY = r"""CASE WHEN family IS NULL AND regexp_matches(usage_type, '^Commitment v\d+: (Cpu|Ram) in ')
    THEN 'n1' ELSE family END"""


def resource_pools(records: HourlyRecords, filters: Filters) -> list[ResourcePool]:
    """The pools of each payer, by region, family and resource in order."""
    where, parameters = condition(filters)
    rows = records.rows(
        f"""SELECT payer_account_id, currency, region, {_FAMILY} AS in_family,
            {_RESOURCE} AS resource, commitment_unit,
            coalesce(sum(commitment_quantity) FILTER ({_FEE}), 0),
            coalesce(sum(commitment_quantity) FILTER (NOT {_FEE}), 0),
            coalesce(sum(billed_cost) FILTER ({_FEE}), 0)
        FROM records
        WHERE provider = 'Google Cloud' AND commitment_type = 'Resource-based CUD'
            AND ({_FEE} OR commitment_status = 'Used')
            AND {_RESOURCE} IS NOT NULL AND {where}
        GROUP BY ALL ORDER BY ALL""",  # noqa: S608 -- own constants, values are bound
        parameters,
    )
    return [ResourcePool(*row) for row in rows]
