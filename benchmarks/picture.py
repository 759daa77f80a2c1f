"""The report's picture: each goal a bar, from nothing over floor and goal; SVG by hand."""

from html import escape

from goals import Goal

WIDTH, ROW, LEFT, BAR = 860, 26, 90, 560
MOST = 1.5
"""Bars end here, in goals."""
_COLOURS = {
    "goal": "#2f855a",
    "floor": "#b7791f",
    "missed": "#c53030",
    "not run": "#a0aec0",
    "not yet": "#a0aec0",
}


def draw(measured: list[tuple[Goal, float | None]]) -> str:
    """One bar a goal: its length is how far the goal is reached, 1 where it just is."""
    height = ROW * (len(measured) + 2)
    at_goal = LEFT + BAR / MOST
    size = f'width="{WIDTH}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{at_goal:.0f}" y="16" text-anchor="middle" fill="#4a5568">goal</text>',
        f'<line x1="{at_goal:.0f}" y1="22" x2="{at_goal:.0f}" y2="{height - ROW}" stroke="#718096"/>',
    ]
    for number, (goal, value) in enumerate(measured):
        lines += _bar(goal, value, ROW * (number + 1))
    lines.append(
        f'<text x="{LEFT}" y="{height - 8}" fill="#4a5568">share of the goal; the dark tick is the floor</text>'
    )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _bar(goal: Goal, value: float | None, top: int) -> list[str]:
    colour = _COLOURS[goal.verdict(value)]
    label = f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(goal.id)}</text>'
    if value is None:
        return [
            label,
            f'<text x="{LEFT}" y="{top + 15}" fill="{colour}">{goal.verdict(value)}</text>',
        ]
    length = BAR * min(_share(goal, value), MOST) / MOST
    tick = LEFT + BAR * min(_share(goal, goal.floor), MOST) / MOST
    told = f"{value:.3g} of {goal.goal:.3g} ({goal.figure})"
    return [
        label,
        f'<rect x="{LEFT}" y="{top + 3}" width="{max(length, 1):.0f}" height="{ROW - 8}" fill="{colour}"/>',
        f'<line x1="{tick:.0f}" y1="{top}" x2="{tick:.0f}" y2="{top + ROW - 2}" stroke="#1a202c" stroke-width="2"/>',
        f'<text x="{LEFT + BAR + 12}" y="{top + 15}">{escape(told)}</text>',
    ]


def _share(goal: Goal, value: float) -> float:
    if goal.lower_is_better:
        return goal.goal / value if value else MOST
    return value / goal.goal
