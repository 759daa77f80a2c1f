"""Markets that share no usage, taken apart: to search them one by one takes a fraction of the time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market

Bools = NDArray[np.bool_]


def apart(market: Market, limits: Limits) -> Iterator[tuple[Bools, Bools]]:
    """Classes and offers, [class] and [offer], that have to be weighed together.

    What no offer covers is in none. A limit on the whole keeps all together, and one on some
    offers those.
    """
    covers: Bools = np.isfinite(market.ratios)
    covered: Bools = np.array(covers.any(axis=1))
    if limits.shares or (limits.cash, limits.lock_in) != (None, None):
        if covered.any():
            yield covered, np.array(covers.any(axis=0))
        return
    together = list(covers.T)
    for names in limits.most:
        named = np.array([each.name in names for each in market.offers])
        together.append(np.array(covers[:, named].any(axis=1)))
    of = np.arange(len(covers))
    for classes in together:
        if classes.any():
            of[np.isin(of, of[classes])] = of[classes][0]
    for number in np.unique(of[covered]):
        alone: Bools = of == number
        yield alone, np.array(covers[alone].any(axis=0))
