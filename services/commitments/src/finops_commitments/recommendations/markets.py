"""The market of a payer, whichever provider's it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from finops_commitments.figures.owners import payer_name
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.recommendations import azure
from finops_commitments.recommendations.advice import Family, known_since
from finops_commitments.recommendations.ahead import Ahead, ahead_of
from finops_commitments.recommendations.azure_owned import running_since
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
    if prices.provider == azure.PROVIDER:
        return _on_azure(records, prices, family, commitments, since, until, changes)
    return _known_part(records, prices, family, commitments, since, until, changes)


def _on_azure(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    commitments: Sequence[Commitment],
    since: datetime,
    until: datetime,
    changes: Sequence[PlannedChange],
) -> Ahead | None:
    midnight = azure.whole_days(until)
    with azure.as_hours(records, prices, family, midnight) as hourly:
        # From a midnight on, too: a day in part would read as fewer hours than it has.
        first = since.replace(hour=0, minute=0, second=0, microsecond=0)
        running = [running_since(each, midnight) for each in commitments]
        found = _known_part(hourly, prices, family, running, first, midnight, changes)
    if found is None:
        return None
    payer = payer_name(family.payer_account_id)
    endless = any(
        (payer_name(each.payer_account_id or ""), each.ends_at) == (payer, None)
        for each in commitments
    )
    ends = (azure.ENDS,) if endless else ()
    foreign = () if family.currency == "USD" else (azure.FOREIGN,)
    return replace(found, left_out=(*azure.LEFT_OUT, *ends, *foreign, *found.left_out))


def _known_part(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    commitments: Sequence[Commitment],
    since: datetime,
    until: datetime,
    changes: Sequence[PlannedChange],
) -> Ahead | None:
    start = known_since(records, family, since)
    if start >= until:
        return None
    of = ahead_on_google if prices.provider == GOOGLE else ahead_of
    return of(records, prices, family, commitments, start, until, changes)
