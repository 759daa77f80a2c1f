"""The whole bill of a month: usage, fees and closing lines of one settlement."""

from datetime import date
from functools import lru_cache

from finops_sandbox.world.fees import closing_lines, fee_lines
from finops_sandbox.world.lines import Line, usage_lines
from finops_sandbox.world.model import World
from finops_sandbox.world.settlement import settle


@lru_cache(maxsize=6)
def bill_lines(world: World, month: date, revision: int | None = None) -> tuple[Line, ...]:
    """Every line of the month's bill in its revision (the newest by default)."""
    settlement = settle(world, month, revision)
    charged = (*usage_lines(settlement), *fee_lines(settlement))
    return (*charged, *closing_lines(settlement, charged))
