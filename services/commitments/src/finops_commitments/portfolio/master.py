"""The small linear programme of the bundle: the cheapest amounts under all cuts found so far."""

import highspy
import numpy as np

from finops_commitments.portfolio.market import Floats
from finops_commitments.portfolio.waterfall import Filled


class MasterError(RuntimeError):
    """The solver came to no optimum, which no input should cause."""


class Master:
    """Amounts [offer], then the on-demand cost of each group of hours, no less than its cuts."""

    def __init__(
        self,
        costs: Floats,
        most: Floats,
        groups: int,
        limits: list[tuple[Floats, float]],
    ) -> None:
        """Take the cost of one unit of each amount over all hours, and the largest amounts."""
        self._offers, self._groups = len(costs), groups
        self._useful = most
        self.free()
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call] # ships no types for it
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        empty = np.array([], dtype=np.int32)
        count = len(costs) + groups
        upper = np.append(most, np.full(groups, highspy.kHighsInf))
        weights = np.append(costs, np.ones(groups))
        nothing = np.zeros(count, dtype=np.int32)
        self._solver.addCols(
            count, weights, np.zeros(count), upper, 0, nothing, empty, empty.astype(float)
        )
        for row, bound in limits:
            used = np.flatnonzero(row).astype(np.int32)
            self._solver.addRow(-highspy.kHighsInf, bound, len(used), used, row[used])

    def add(self, filled: Filled) -> None:
        """Take the cuts that filling the hours has found."""
        for group, slopes in enumerate(filled.slopes):
            used = np.flatnonzero(slopes)
            columns = np.append(used, self._offers + group).astype(np.int32)
            values = np.append(-slopes[used], 1.0)
            self._solver.addRow(
                float(filled.bounds[group]), highspy.kHighsInf, len(columns), columns, values
            )

    def fix(self, offers: Floats, amounts: Floats) -> None:
        """Let the amounts of the chosen offers (true where chosen) be these and no others."""
        chosen = offers.astype(bool)
        self._least[chosen] = amounts[chosen]
        self._most[chosen] = amounts[chosen]

    def free(self) -> None:
        """Let all amounts be what they may again."""
        self._most = self._useful.copy()
        self._least: Floats = np.zeros(self._offers)

    def solve(
        self, near: Floats | None = None, radius: Floats | None = None
    ) -> tuple[Floats, float]:
        """The cheapest amounts and their cost under the cuts.

        Without `near` that cost is a lower bound of every portfolio's; with it the amounts
        stay within `radius` of it.

        Raises:
            MasterError: no optimum was found.
        """
        least, most = self._least, self._most
        if near is not None and radius is not None:
            least = np.clip(near - radius, self._least, self._most)
            most = np.clip(near + radius, self._least, self._most)
        numbers = np.arange(self._offers, dtype=np.int32)
        self._solver.changeColsBounds(self._offers, numbers, least, most)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            # What it kept of the solution before led it astray: from the beginning, then.
            self._solver.clearSolver()
            self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise MasterError(str(self._solver.getModelStatus()))
        solution = np.array(self._solver.getSolution().col_value[: self._offers])
        value = float(self._solver.getInfo().objective_function_value)
        return np.clip(solution, least, most), value
