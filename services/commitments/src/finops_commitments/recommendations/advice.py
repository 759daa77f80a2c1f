"""Whose usage advice is for."""

from datetime import datetime
from typing import NamedTuple

from finops_commitments.figures.records import HourlyRecords, in_utc


class Family(NamedTuple):
    """A payer's records in one currency: what one plan can be sized for."""

    payer_account_id: str
    currency: str


def families(records: HourlyRecords) -> list[Family]:
    """The payers and currencies of the records, in order."""
    found = records.rows("SELECT DISTINCT payer_account_id, currency FROM records ORDER BY ALL")
    return [Family(*row) for row in found]


def known_since(records: HourlyRecords, family: Family, since: datetime) -> datetime:
    """The first hour from `since` on with records of its payer: hours before are not empty."""
    ((first,),) = records.rows(
        "SELECT min(hour) FROM records WHERE charge_span = 'hour' AND payer_account_id = ?"
        " AND currency = ?",
        family,
    )
    return max(since, in_utc(first) or since)
