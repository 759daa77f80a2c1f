"""What charts show is what figures and advice say, in every language."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from tests.common.pictures.drawn import Drawn, png_size

from finops_commitments.charts.domain import Ending
from finops_commitments.charts.wording import Wording
from finops_commitments.figures.domain import Amount, Cell, Figures, Period, Sums
from finops_commitments.figures.opened import Answer
from finops_commitments.figures.service import Breakdown, Wanted
from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.offers.packing import Plan
from finops_commitments.portfolio.market import Offer
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.domain import size_commitment
from finops_commitments.recommendations.service import Advice
from finops_commitments.recommendations.variants import Sized, Variant
from finops_common.i18n import LANGUAGES, Language
from finops_common.pictures.domain import DaysPicture, Picture, RowsPicture
from finops_common.pictures.drawing import NAME_WIDTH, draw
from finops_common.pictures.lettering import SPARE, drawable, fitted

FIRST = datetime(2026, 10, 1, tzinfo=UTC)


def amount(value: float) -> Amount:
    return Amount(Decimal(str(value)))


def a_day(number: int, **sums: float) -> Figures:
    cell = Cell("USD", Period.DAY, FIRST + timedelta(days=number))
    return Figures(cell, Sums(**{name: amount(value) for name, value in sums.items()}), 1)


def a_breakdown(days: Sequence[Figures]) -> tuple[Answer[Breakdown], Wanted, list[datetime]]:
    whole = sum((each.sums for each in days), Sums())
    periods = [FIRST + timedelta(days=number) for number in range(len(days))]
    wanted = Wanted(FIRST, FIRST + timedelta(days=len(days)), Period.DAY)
    totals = [Figures(Cell("USD"), whole, len(days))] if days else []
    return Answer(Breakdown(totals, list(days)), ()), wanted, periods


def utilization(days: Sequence[Figures], language: Language = "en") -> DaysPicture:
    answer, wanted, periods = a_breakdown(days)
    return Wording(language).utilization(answer, wanted, Period.DAY, periods)


def coverage(days: Sequence[Figures], language: Language = "en") -> DaysPicture:
    answer, wanted, periods = a_breakdown(days)
    return Wording(language).coverage(answer, wanted, Period.DAY, periods)


def cliff(endings: Sequence[tuple[str, str]], language: Language = "en") -> DaysPicture:
    windows = [
        Ending(date(2026, 11, 23) + timedelta(days=30 * at), Decimal(cost), Decimal(saving))
        for at, (cost, saving) in enumerate(endings)
    ]
    return Wording(language).cliff(windows, "USD")


def advice(language: Language = "en", payers: int = 1) -> RowsPicture:
    variants = [
        Variant(
            Family(f"{payer:012}", "USD"),
            Plan(Kind.COMPUTE_SAVINGS_PLAN),
            Sized(
                size_commitment(
                    np.full((1, 24), 10.0 * payer),
                    np.array([ratio]),
                    Offer("", Kind.COMPUTE_SAVINGS_PLAN, Terms(years, option)),
                ),
                (),
                (),
            ),
            FIRST,
            FIRST + timedelta(days=90),
            FIRST.date(),
            stale=False,
        )
        for payer in range(1, payers + 1)
        for years in (1, 3)
        for option, ratio in zip(
            PaymentOption, (0.7 / years, 0.68 / years, 0.66 / years), strict=True
        )
    ]
    until = FIRST + timedelta(days=90)
    found = Advice(variants, [], [], [], FIRST, until, until, None, "open")
    return Wording(language).recommendations(found, variants, "USD")


def pictures(language: Language) -> dict[str, Picture]:
    october = [a_day(at, used=80 + at % 7, unused=20 - at % 5) for at in range(31)]
    covered = [
        a_day(at, covered=90, covered_own=60 + at, covered_shared=30 - at, on_demand=25 + at % 9)
        for at in range(31)
    ]
    windows = [("0", "0")] * 2 + [("1200", "700"), ("0", "0"), ("3400.5", "-300")]
    return {
        "utilization": utilization(october, language),
        "coverage": coverage(covered, language),
        "cliff": cliff(windows + [("10", "5")] * 31, language),
        "alternatives": advice(language),
        "payers": advice(language, payers=5),
        "nothing": utilization([], language),
    }


@pytest.mark.req("COM-51", part="utilization: columns are the figures")
def test_what_was_not_used_stands_on_what_was() -> None:
    days = [a_day(0, used=80, unused=20), a_day(1, used=50), a_day(3, unused=10)]
    days.insert(2, a_day(2))

    used, unused = Drawn(draw(picture := utilization(days), "svg")).boxes("stack")

    one = used[0].height / 80
    assert [round(each.height / one, 1) for each in used] == [80, 50]
    assert [round(each.height / one, 1) for each in unused] == [20, 10]
    assert used[0].top == pytest.approx(unused[0].bottom)
    assert picture.legend == [("Used", "130.00"), ("Unused", "30.00")]
    assert "utilization 81.2 %" in picture.heading.subtitle


@pytest.mark.req("COM-51", part="utilization: what is not known is said")
def test_what_is_not_known_is_not_drawn_and_said() -> None:
    picture = utilization([a_day(0, used=80, unused=20), a_day(1, used=5, unspread=5)])

    assert picture.legend == [("Used", "80.00"), ("Unused", "20.00")]
    assert "unknown in 1" in picture.heading.subtitle
    assert "%" not in picture.heading.subtitle


@pytest.mark.req("COM-51", part="coverage: own, shared, on-demand")
def test_coverage_shows_whose_commitments_covered_what() -> None:
    picture = coverage([a_day(0, covered=75, covered_own=50, covered_shared=25, on_demand=25)])

    own, shared, on_demand = Drawn(draw(picture, "svg")).boxes("stack")

    assert own[0].height == pytest.approx(2 * shared[0].height, rel=0.01)
    assert [on_demand[0].bottom, shared[0].bottom] == pytest.approx([shared[0].top, own[0].top])
    assert [each.is_rest for each in picture.stacks] == [False, False, True]
    assert "coverage 75 %" in picture.heading.subtitle


@pytest.mark.req("COM-51", part="expiry cliff: cost and saving that end by 30 days")
def test_the_cliff_shows_what_ends_in_each_window() -> None:
    picture = cliff([("0", "0"), ("1200", "700"), ("300", "-100")])

    cost, saving = Drawn(draw(picture, "svg")).boxes("stack")

    one = cost[0].height / 1200
    assert [round(each.height / one) for each in (*cost, *saving)] == [1200, 300, 700, 100]
    assert picture.legend == [
        ("Cost that ends", "1,500.00"),
        ("Savings that end", "600.00"),
        ("Coverage that ends", "2,100.00"),
    ]
    assert "Coverage that ends 2,100.00 USD" in picture.heading.subtitle
    assert cliff([("0", "0")]).is_empty
    silent = Wording("en").cliff([], "USD", unknown=2)
    assert "2 more of unknown use" in silent.heading.subtitle


@pytest.mark.req("COM-51", part="alternatives: each variant, the most saving first, never summed")
def test_alternatives_stand_below_each_other_and_are_not_summed() -> None:
    picture = advice()

    bars = [row for (row,) in Drawn(draw(picture, "svg")).boxes("row")]

    amounts = [each.amount for each in picture.rows]
    assert amounts == sorted(amounts, reverse=True)
    one = bars[0].width / float(amounts[0])
    assert [bar.width / one for bar in bars] == pytest.approx(
        [float(each) for each in amounts], rel=0.01
    )
    assert picture.rows[0].name.startswith("Compute Savings Plan · 3 years · all upfront · ")
    assert "never summed" in picture.heading.subtitle
    assert "total" not in picture.heading.subtitle
    assert "USD" in picture.heading.subtitle
    names = [each.name for each in advice(payers=2).rows]
    assert names[0] == "000000000001 · Compute Savings Plan · 3 years · all upfront"
    assert names[6] == "000000000002 · Compute Savings Plan · 3 years · all upfront"


@pytest.mark.req("COM-51", part="SVG and PNG with labels in three languages")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(pictures("en")))
def test_charts_are_drawn_whole_in_every_language(language: Language, name: str) -> None:
    picture = pictures(language)[name]

    svg = Drawn(draw(picture, "svg"))
    width, height = png_size(draw(picture, "png"))

    assert svg.title == picture.heading.title
    assert [str(width // 2), str(height // 2)] == [each.split(".")[0] for each in svg.size]
    labels = [
        picture.heading.title,
        picture.heading.subtitle,
        *(each for each, _ in picture.figures),
    ]
    assert all(drawable(each) == each and SPARE not in each for each in labels), labels
    if isinstance(picture, RowsPicture):
        assert all(fitted(each.name, 12, NAME_WIDTH) == each.name for each in picture.rows), "cut"
    english = pictures("en")[name].heading
    assert (language == "en") == (picture.heading.title == english.title)
    for kind in ("stack", "row"):
        boxes = [box for each in svg.boxes(kind) for box in each]
        assert all(0 <= box.left <= box.right <= 800 for box in boxes)
    if name == "payers":
        rows = [row for (row,) in svg.boxes("row")]
        assert all(one.bottom < two.top for one, two in pairwise(rows))
