"""What Google documents flexible committed use discounts to take off, where no price tells it.

As of November 2026: https://cloud.google.com/compute/docs/instances/committed-use-discounts-overview
(28 and 46 %, H3 and H4D 17 and 38 %, memory-optimised 63 % at three years alone); of Cloud Run,
what requests are billed for has 17 % (https://cloud.google.com/run/cud).
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from finops_common.google_skus import used

Shares = Mapping[int, Decimal]
"""The part of the price on demand that is taken off, 0 to 1, by years of the term."""

_MOST: Shares = {1: Decimal("0.28"), 3: Decimal("0.46")}
_HIGH_PERFORMANCE: Shares = {1: Decimal("0.17"), 3: Decimal("0.38")}
_MEMORY_OPTIMISED: Shares = {3: Decimal("0.63")}
_REQUESTS: Shares = {1: Decimal("0.17"), 3: Decimal("0.17")}
_BY_FAMILY: Mapping[str, Shares] = {
    **dict.fromkeys(("c2", "c2d", "c3", "c3d", "c4", "c4a", "c4d", "c4n", "e2", "n1", "n2"), _MOST),
    **dict.fromkeys(("n2d", "n4", "n4a", "n4d", "t2d", "z3"), _MOST),
    **dict.fromkeys(("h3", "h4d"), _HIGH_PERFORMANCE),
    **dict.fromkeys(("m1", "m2", "m3", "m4"), _MEMORY_OPTIMISED),
}
# As the eligibility of usage reads them: Cloud Run, then pods of GKE Autopilot.
_SERVERLESS: tuple[tuple[re.Pattern[str], Shares], ...] = (
    (re.compile(r"^Services (?:CPU|Memory) \(Request-based billing\)"), _REQUESTS),
    (re.compile(r"^(?:Services|Jobs|Worker Pools) (?:CPU|Memory)\b"), _MOST),
    (re.compile(r"^(?!.*Spot).*Autopilot.*(?:mCPU|Memory) Requests"), _MOST),
)


def flexible_shares(description: str) -> Shares:
    """What they take off usage of a SKU; empty where they do not cover it."""
    machine = used(description)
    if machine is not None:
        return _BY_FAMILY.get(machine.family, {})
    return next((shares for name, shares in _SERVERLESS if name.search(description)), {})
