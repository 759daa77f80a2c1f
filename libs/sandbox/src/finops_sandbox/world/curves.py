"""How much a workload uses in an hour: whole-number arithmetic, random per absolute hour."""

from datetime import UTC, date, datetime
from decimal import Decimal

from finops_sandbox.world.chance import draw
from finops_sandbox.world.model import HOUR, Curve, Workload, month_start

OFFICE_HOURS = (0,) * 8 + (1000,) * 10 + (0,) * 6
WEB_TRAFFIC = (
    *(620, 560, 520, 500, 500, 520, 580, 680, 800, 900, 960, 1000),
    *(1000, 980, 960, 960, 980, 1000, 1040, 1080, 1060, 980, 860, 720),
)
_SEASON = (960, 940, 970, 980, 1000, 1000, 980, 970, 1010, 1030, 1080, 1120)
_MONTH_HOURS = 730


def used(seed: int, workload: Workload, hour: datetime, anchor: date) -> Decimal:
    """Units used in the clock hour; never depends on anything but the arguments."""
    curve = workload.curve
    level = curve.base * curve.day[hour.hour]
    level = level * (curve.weekend if hour.weekday() >= 5 else 1000) // 1000
    level = level * _SEASON[hour.month - 1] // 1000
    level = level * _drift(curve, hour, anchor) // 1000
    level = level * _noise(seed, workload, hour) // 1000
    if curve.step_at is not None and hour >= curve.step_at:
        level = level * curve.step // 1000
    thousandths = level // 1000
    rounded = (thousandths + curve.quantum // 2) // curve.quantum * curve.quantum
    return Decimal(rounded) / 1000


def used_on(seed: int, workload: Workload, day: datetime, anchor: date) -> Decimal:
    """Units used on the UTC day: the sum of its hours."""
    hours = (day + HOUR * step for step in range(24))
    return sum((used(seed, workload, hour, anchor) for hour in hours), Decimal(0))


def _drift(curve: Curve, hour: datetime, anchor: date) -> int:
    months = (hour - month_start(anchor)) // HOUR * curve.monthly_drift // _MONTH_HOURS
    return max(200, 1000 + months)


def _noise(seed: int, workload: Workload, hour: datetime) -> int:
    if not workload.curve.noise:
        return 1000
    absolute_hour = (hour - datetime(1970, 1, 1, tzinfo=UTC)) // HOUR
    swing = draw(seed, workload.id, absolute_hour, below=2 * workload.curve.noise + 1)
    return 1000 - workload.curve.noise + swing
