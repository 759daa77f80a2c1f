"""The goals as goals.toml states them, and what a measured value says about them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("goals.toml")
State = Literal["met", "missed", "not yet"]
Verdict = Literal["goal", "floor", "missed", "not run", "not yet", "failed"]


@dataclass(frozen=True)
class Goal:
    """One measure. `product` and `limit` are modules of sides; no limit: the figure alone."""

    id: str
    measure: str
    how: str
    goal: float
    floor: float
    state: State
    product: str = ""
    limit: str = ""
    figure: str = ""
    lower_is_better: bool = False
    measured: float | None = None
    """What a missed one last came to."""
    why: str = ""
    """Where the time of a missed one goes, as found by hand."""

    @property
    def pair(self) -> tuple[str, str]:
        return self.product, self.limit

    def reaches(self, value: float, bound: float) -> bool:
        return value <= bound if self.lower_is_better else value >= bound

    def verdict(self, value: float | None) -> Verdict:
        """Which of goal and floor the value reaches."""
        if value is None:
            return "not run" if self.product else "not yet"
        if self.reaches(value, self.goal):
            return "goal"
        return "floor" if self.reaches(value, self.floor) else "missed"


def read_goals() -> list[Goal]:
    """All of them, in the file's order."""
    return [Goal(**each) for each in tomllib.loads(FILE.read_text())["goal"]]
