"""The source schemas we read: one module each, and adding one is adding a line here."""

from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.schemas import (
    aws_cur_2,
    aws_cur_legacy,
    azure_ea,
    azure_mca,
    azure_payg,
    focus_1_0,
    focus_1_2,
    focus_1_3,
    focus_1_4,
    gcp,
)

MAPPINGS: tuple[Mapping, ...] = (
    aws_cur_legacy.MAPPING,
    aws_cur_2.MAPPING,
    azure_ea.MAPPING,
    azure_mca.MAPPING,
    azure_payg.MAPPING,
    gcp.MAPPING,
    focus_1_0.MAPPING,
    focus_1_2.MAPPING,
    focus_1_3.MAPPING,
    focus_1_4.MAPPING,
)
