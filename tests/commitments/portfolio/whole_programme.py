"""The portfolio as one linear or integer programme of every class, offer and hour: the yardstick."""

from decimal import Decimal
from typing import Any

import highspy
import numpy as np

from finops_commitments.portfolio.market import Market


def cheapest(market: Market) -> float:
    """What the best portfolio costs, with whole reservations; no cost of capital."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    bought = [
        _column(solver, offer.unit, market.hours) if offer.for_sale else solver.addVariable(0, 0)
        for offer in market.offers
    ]
    for hour in range(market.hours):
        _hour(solver, market, hour, bought)
    solver.minimize()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value + market.demand.sum())


def _column(solver: highspy.Highs, unit: Decimal | None, hours: int) -> Any:  # noqa: ANN401 -- highspy types no expression
    if unit is None:
        return solver.addVariable(lb=0, obj=hours)
    return float(unit) * solver.addIntegral(lb=0, obj=hours * float(unit))


def _hour(solver: highspy.Highs, market: Market, hour: int, bought: list[Any]) -> None:
    covered = {
        (row, offer): solver.addVariable(lb=0, obj=-1)
        for row, offer in np.argwhere(np.isfinite(market.ratios)).tolist()
    }
    for row, demand in enumerate(market.demand[:, hour].tolist()):
        if parts := [each for (at, _), each in covered.items() if at == row]:
            solver.addConstr(sum(parts[1:], parts[0] * 1.0) <= demand)
    for offer, amount in enumerate(bought):
        used = [float(market.ratios[at]) * each for at, each in covered.items() if at[1] == offer]
        if used:
            solver.addConstr(sum(used[1:], used[0]) - amount <= float(market.owned[offer, hour]))
