"""The backtest on the shipped demand in words and tables, as Markdown."""

from collections.abc import Sequence

from finops_commitments.backtest.shipped import Shipped

_ABOUT = """\
# Buying policies on the shipped demand

Each policy buys one-year commitments at a discount of 28 % for two years of generated hourly
usage: {kinds} kinds of demand x {seeds} seeds, 90 days known before the first decision. A figure is
the policy's savings as a share of what the best constant commitment in hindsight saves; above 1
it beat every constant. The policies: `ours` buys weekly, robustly (COM-42); `provider_30_days`
tops up quarterly to what was best in the last 30 days, `provider_60_days` does so yearly over 60;
`0.8_x_30_days` tops up quarterly to 0.8 of the former. The numbers of `ours` were chosen on other
seeds than these."""


def backtest_text(found: Shipped) -> str:
    """What was compared, the figures, and whether ours is ahead, held or not."""
    seeds = len(next(iter(next(iter(found.shares.values())).values())))
    summaries = [
        [f"`{name}`", *map(_shown, (each.mean, each.p10, each.worst))]
        for name, each in found.summaries.items()
    ]
    by_kind = [
        [
            kind.replace("_", " "),
            *(_shown(sum(each[kind]) / seeds) for each in found.shares.values()),
        ]
        for kind in next(iter(found.shares.values()))
    ]
    held = (
        f"- Ours beats all others on the mean: {_told(holds=found.is_above_all)}\n"
        "- Ours is not worse than 0.8 x 30 days at the 10th percentile: "
        f"{_told(holds=found.is_no_worse_at_p10)}"
    )
    parts = [
        _ABOUT.format(kinds=len(by_kind), seeds=seeds),
        held,
        _table(["policy", "mean", "10th percentile", "worst"], summaries),
        "Mean by kind of demand:",
        _table(["kind", *(f"`{name}`" for name in found.shares)], by_kind),
    ]
    return "\n\n".join(parts)


def _told(*, holds: bool) -> str:
    return "**yes**" if holds else "**no, it does not hold**"


def _shown(share: float) -> str:
    return f"{share:.3f}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[at]) for row in (headings, *rows)) for at in range(len(headings))]
    ruled = ["-" * width if at == 0 else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    lines = (headings, ruled, *rows)
    return "\n".join(f"| {' | '.join(_padded(line, widths))} |" for line in lines)


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(line, widths, strict=True)
    return [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
