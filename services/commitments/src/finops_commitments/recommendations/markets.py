"""The market of a payer, whichever provider's it is."""

from collections.abc import Sequence
from datetime import datetime

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.recommendations.advice import Family, known_since
from finops_commitments.recommendations.ahead import Ahead, ahead_of
from finops_commitments.recommendations.google import ahead_on_google
from finops_commitments.recommendations.google_owned import PROVIDER as GOOGLE


def market_of(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    commitments: Sequence[Commitment],
    since: datetime,
    until: datetime,
    changes: Sequence[PlannedChange] = (),
) -> Ahead | None:
    """The market of a payer for its part of the look-back [since, until), as `ahead_of`.

    A look-back that begins before the payer's records do begins with them. None where they
    have nothing of it.
    """
    start = known_since(records, family, since)
    if start >= until:
        return None
    of = ahead_on_google if prices.provider == GOOGLE else ahead_of
    return of(records, prices, family, commitments, start, until, changes)
