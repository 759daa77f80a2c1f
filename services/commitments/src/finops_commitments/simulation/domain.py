"""Filling usage from commitments by running sums: the one step every provider's order is made of.

Commitments of the same reach are one pool. A pool's lines stand in the order in which they are
covered; the running sum of what they need, capped at what the pool holds in the hour, is what
they get, and its end is what the commitments, in their own order, give. So an hour costs lines
plus commitments, never lines times commitments, and all hours are one array operation.

Arrays are float64 where speed counts and hold `Fraction`s where the answer must be exact.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
"""float64, or objects that are all `Fraction`."""

Indices = NDArray[np.intp]

HOURS_AT_ONCE = 1_024
"""Hours of one sweep: as few sweeps as the processor's cache allows; 512 take a tenth longer."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Commitments of one reach, and the usage they cover.

    `commitments` in the order in which they are drawn, `lines` in the order in which they
    are covered; `weights` [line, 1]: units of commitment that one unit of the line's usage
    draws, above zero.
    """

    commitments: Indices
    lines: Indices
    weights: Numbers

    @classmethod
    def of(
        cls, commitments: Sequence[int], lines: Sequence[int], weights: Sequence[Fraction]
    ) -> "Pool":
        """A pool of these positions; weights are exact until usage in float64 meets them."""
        column = np.array(weights, dtype=object).reshape(-1, 1)
        return cls(np.array(commitments, np.intp), np.array(lines, np.intp), column)


class Offer(NamedTuple):
    """A line at one rate, which commitments of some rate cards give; the best saving sorts first.

    `ratio` is the discounted price to the one without commitment, `rate` what a unit draws;
    `tie` decides between equals.
    """

    ratio: Fraction
    rate: Fraction
    tie: tuple[str, ...]
    line: int
    cards: frozenset[str]


def pools_by_saving(
    offers: Iterable[Offer], commitments: Sequence[tuple[int, str]]
) -> Iterator[Pool]:
    """Pools over the lines of the offers, the highest saving first, then the lower rate.

    `commitments` are positions with their rate cards, in the order in which they are drawn.
    Commitments of one card are one pool; where the savings of cards take turns, so do the pools.
    """
    for cards, turn in groupby(sorted(offers, key=_best_first), key=lambda offer: offer.cards):
        covered = list(turn)
        drawn = [at for at, card in commitments if card in cards]
        yield Pool.of(drawn, [each.line for each in covered], [each.rate for each in covered])


def _best_first(offer: Offer) -> tuple[object, ...]:
    # Fractions compare slowly; where their floats differ, so do they, and alike.
    return float(offer.ratio), offer.ratio, float(offer.rate), *offer[1:]


@dataclass(frozen=True, eq=False)
class Filled:
    """What covered the usage, in usage units, and what is left of the commitments.

    `covered` has one [line, hour] per stage, `left` [line, hour] is on demand; all of them
    together are the usage. `used` [commitment, hour] is in units of the commitment.
    `shares` [commitment, line, hour], in usage units, is there where it was asked for.
    """

    covered: tuple[Numbers, ...]
    left: Numbers
    used: Numbers
    shares: Numbers | None


@dataclass(frozen=True, eq=False)
class Order:
    """An order of pools, made once and applied to as many hours and amounts as wanted.

    `stages` are groups of pools: an answer tells apart what each group covered. `units`
    [commitment, 1]: what one unit of a commitment counts in its pools.
    """

    stages: Sequence[Sequence[Pool]]
    units: Numbers

    @classmethod
    def of(cls, stages: Iterable[Iterable[Pool]], units: Iterable[Fraction]) -> "Order":
        column = np.array([*units], dtype=object).reshape(-1, 1)
        return cls([list(stage) for stage in stages], column)

    def apply(self, usage: Numbers, held: Numbers, *, shares: bool = False) -> Filled:
        """Cover the usage of every hour; unused commitment of an hour is lost.

        Args:
            usage: [line, hour], not negative.
            held: [commitment, hour], units that each hour offers, zero out of its term.
            shares: also say which commitment covered which line.
        """
        pools, units = self._exact if usage.dtype == object else self._fast
        filled = Filled(
            tuple(np.empty_like(usage) for _ in pools),
            np.empty_like(usage),
            np.empty_like(held, usage.dtype),
            np.zeros((len(held), *usage.shape), usage.dtype) if shares else None,
        )
        for start in range(0, usage.shape[1], HOURS_AT_ONCE):
            _sweep(pools, units, usage, held, filled, slice(start, start + HOURS_AT_ONCE))
        return filled

    @property
    def _exact(self) -> tuple[Sequence[Sequence[Pool]], Numbers]:
        return self.stages, self.units

    @cached_property
    def _fast(self) -> tuple[Sequence[Sequence[Pool]], Numbers]:
        pools = [
            [replace(pool, weights=pool.weights.astype(np.float64)) for pool in stage]
            for stage in self.stages
        ]
        return pools, self.units.astype(np.float64)


def _sweep(
    stages: Sequence[Sequence[Pool]],
    units: Numbers,
    usage: Numbers,
    held: Numbers,
    filled: Filled,
    hours: slice,
) -> None:
    """Fill some hours, in arrays of their own: they stay in the processor's cache."""
    before, offered = usage[:, hours], held[:, hours] * units
    left, balances = before.copy(), offered.copy()
    shares = None if filled.shares is None else filled.shares[:, :, hours]
    for stage, covered in zip(stages, filled.covered, strict=True):
        for pool in stage:
            _draw(pool, left, balances, shares)
        np.subtract(before, left, out=covered[:, hours])
        before = left.copy()
    filled.left[:, hours] = left
    filled.used[:, hours] = (offered - balances) / units


def _draw(pool: Pool, left: Numbers, balances: Numbers, shares: Numbers | None) -> None:
    available = balances[pool.commitments]
    capacity = available.sum(axis=0)
    if not capacity.any():
        return
    wanted = left[pool.lines]
    needed = wanted * pool.weights
    ends = _running_sum(needed)
    given_before = _running_sum(available) - available
    given = np.clip(np.minimum(ends[-1], capacity) - given_before, 0, available)
    balances[pool.commitments] = available - given
    if shares is not None:
        _share(pool, ends - needed, np.minimum(ends, capacity), given_before, given, shares)
    # What lies beyond the capacity stays; a line that is covered in full stays at zero exactly.
    beyond = np.subtract(ends, capacity, out=ends)
    np.minimum(np.maximum(beyond, 0, out=beyond), needed, out=beyond)
    np.divide(beyond, pool.weights, out=beyond)
    left[pool.lines] = np.minimum(beyond, wanted, out=beyond)


def _running_sum(rows: Numbers) -> Numbers:
    """The sum down to each row; whole rows at once, several times as fast as numpy's cumsum."""
    sums = rows.copy()
    for at in range(1, len(sums)):
        sums[at] += sums[at - 1]
    return sums


def _share(
    pool: Pool,
    line_from: Numbers,
    line_to: Numbers,
    given_from: Numbers,
    given: Numbers,
    shares: Numbers,
) -> None:
    """Who covered whom: where a line's stretch of the running sum meets a commitment's."""
    for at, commitment in enumerate(pool.commitments):
        start = np.maximum(line_from, given_from[at])
        end = np.minimum(line_to, given_from[at] + given[at])
        shares[commitment][pool.lines] += np.maximum(end - start, 0) / pool.weights
