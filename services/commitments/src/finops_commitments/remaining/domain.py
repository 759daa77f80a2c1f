"""What is left of a commitment, and a forecast of its utilization to the end; pure (COM-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from finops_commitments.figures.domain import EXACT, percent
from finops_commitments.inventory.domain import Commitment, Kind

OBSERVED = timedelta(days=30)
FEWEST_DAYS = 14
"""Fewer than these tell no trend: what was used on average is taken to go on."""
FORMULAS: Mapping[str, str] = {
    "hourly_amortised": "committed money an hour; of capacity: recurring + upfront / hours of the term",
    "remaining": "hourly_amortised x hours left",
    "remaining_to_pay": "recurring x hours left; what was paid upfront is not ahead",
    "term_elapsed_percent": "hours since the start / hours of the term",
    "utilization_percent": "used on the whole days seen, 30 at most / hourly_amortised x their hours",
    "trend_percent_a_day": "least squares over the utilization of each of these days; from 14 days on",
    "forecast_utilization_percent": (
        "the straight line goes on for as many days as were seen, then stays level; between 0 and"
        " 100 each day; the mean of the days left"
    ),
    "forecast_used": "forecast_utilization_percent of remaining",
    "forecast_unused": "remaining - forecast_used",
}
"""How each figure is made, as it is told to who asks."""

_GOOGLE = "Google Cloud"
_NO_UPFRONT = "No Upfront"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_HOURS_A_DAY, _HUNDRED, _NOTHING = Decimal(24), Decimal(100), Decimal(0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Utilization on the days seen and on those left, in percent; the trend in points a day.

    None where nothing was seen, or where days are too few for a trend.
    """

    days_seen: int
    utilization_percent: Decimal | None
    trend_percent_a_day: Decimal | None
    forecast_utilization_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of one commitment; money in its currency, None is not known.

    `seen`: from which midnight until before which one usage was seen, None where on no day.
    """

    commitment: Commitment
    days_left: int
    term_elapsed_percent: Decimal | None
    hourly_amortised: Decimal | None
    remaining: Decimal | None
    remaining_to_pay: Decimal | None
    forecast: Forecast
    seen: tuple[datetime, datetime] | None = None

    @property
    def forecast_used(self) -> Decimal | None:
        share = self.forecast.forecast_utilization_percent
        if share is None or self.remaining is None:
            return None
        return EXACT.divide(EXACT.multiply(self.remaining, share), _HUNDRED)

    @property
    def forecast_unused(self) -> Decimal | None:
        used = self.forecast_used
        if used is None or self.remaining is None:
            return None
        return EXACT.subtract(self.remaining, used)


def remaining(
    commitment: Commitment, ends_at: datetime, at: datetime, used_by_day: Sequence[Decimal]
) -> Remaining:
    """What is left at `at` of a commitment that ends later.

    `used_by_day` is the amortised money that usage took on each whole day seen, the last day last.
    """
    hourly = amortised_an_hour(commitment)
    left = _hours(ends_at - at)
    start = commitment.starts_at
    term = None if start is None else _hours(ends_at - start)
    return Remaining(
        commitment=commitment,
        days_left=(ends_at - at).days,
        term_elapsed_percent=percent(None if term is None else term - left, term),
        hourly_amortised=hourly,
        remaining=None if hourly is None else EXACT.multiply(hourly, left),
        remaining_to_pay=_times(commitment.recurring_hourly, left),
        forecast=forecast(_utilization(used_by_day, hourly), (ends_at - at) // _DAY + 1),
    )


def amortised_an_hour(commitment: Commitment) -> Decimal | None:
    """What an hour of it costs, upfront payments spread over the term; None where not known."""
    if commitment.kind is Kind.SPEND:
        # Google's older model commits at list prices and charges a lower fee, never an upfront.
        at_list = commitment.provider == _GOOGLE and commitment.recurring_hourly is not None
        return commitment.recurring_hourly if at_list else commitment.hourly_amount
    recurring, start, end = commitment.recurring_hourly, commitment.starts_at, commitment.ends_at
    upfront = _NOTHING if commitment.payment_option == _NO_UPFRONT else commitment.upfront
    if recurring is None or upfront == _NOTHING:
        return recurring
    if upfront is None or start is None or end is None or end <= start:
        return None
    return EXACT.add(recurring, EXACT.divide(upfront, _hours(end - start)))


def forecast(by_day: Sequence[Decimal], days_left: int) -> Forecast:
    """The utilization of the days left, from that of the days seen, in percent, oldest first."""
    count = len(by_day)
    if not count:
        return Forecast(0, None, None, None)
    with localcontext(EXACT):
        mean = sum(by_day, _NOTHING) / count
        if count < FEWEST_DAYS:
            return Forecast(count, mean, None, mean)
        middle = Decimal(count - 1) / 2
        spread = sum(((day - middle) ** 2 for day in range(count)), _NOTHING)
        trend = sum(((day - middle) * each for day, each in enumerate(by_day)), _NOTHING) / spread
        ahead = [_held(mean + trend * (middle + day)) for day in range(1, count + 1)]
        sloping, level = ahead[:days_left], max(days_left - count, 0)
        total = sum(sloping, _NOTHING) + level * ahead[-1]
        return Forecast(count, mean, trend, total / days_left)


def seen_days(
    commitment: Commitment, first: datetime, as_of: datetime
) -> tuple[datetime, datetime]:
    """From which midnight until before which one its whole days are seen; equal where none is.

    Bills know from `first` until `as_of`: days before them are not days without use.
    """
    until = _midnight(as_of)
    begun = max(first, commitment.starts_at or first)
    since = _midnight(begun) if begun == _midnight(begun) else _midnight(begun) + _DAY
    return min(max(since, until - OBSERVED), until), until


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


def _utilization(used_by_day: Sequence[Decimal], hourly: Decimal | None) -> list[Decimal]:
    if not hourly:
        return []
    daily = EXACT.multiply(hourly, _HOURS_A_DAY)
    shares = (EXACT.divide(EXACT.multiply(each, _HUNDRED), daily) for each in used_by_day)
    return [_held(each) for each in shares]


def _held(share: Decimal) -> Decimal:
    return min(max(share, _NOTHING), _HUNDRED)


def _hours(span: timedelta) -> Decimal:
    return EXACT.divide(
        Decimal(span // timedelta(microseconds=1)), Decimal(_HOUR // timedelta(microseconds=1))
    )


def _times(hourly: Decimal | None, hours: Decimal) -> Decimal | None:
    return None if hourly is None else EXACT.multiply(hourly, hours)
