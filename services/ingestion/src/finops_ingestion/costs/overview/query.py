"""The statements about when there are bills."""

from typing import Any

from sqlalchemy import Select, func, select

from finops_ingestion.costs.lake import records


def first_statement() -> Select[Any]:
    """The first hour that anything was charged for."""
    return select(func.min(records.c.hour))


def last_statement() -> Select[Any]:
    """The last hour of usage: fees may be dated ahead."""
    return select(func.max(records.c.hour)).where(records.c.charge_category == "Usage")
