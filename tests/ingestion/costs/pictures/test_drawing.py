"""What is drawn is what the figures say, in every language, and nothing runs over the edge."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from tests.common.pictures.drawn import Drawn, meet, png_size

from finops_common.i18n import LANGUAGES, Language, Text
from finops_common.pictures.domain import DaysPicture, Picture, RowsPicture
from finops_common.pictures.drawing import draw
from finops_common.pictures.lettering import SPARE, drawable, fitted, width_of
from finops_ingestion.costs.bridge.domain import Bridge, Step
from finops_ingestion.costs.domain import (
    Cell,
    Costs,
    Days,
    Dimension,
    Group,
    Known,
    Question,
    dimension_of,
)
from finops_ingestion.costs.pictures import texts
from finops_ingestion.costs.pictures.wording import Wording

FIRST = date(2026, 10, 1)
OPEN = Known("open", datetime(2026, 10, 9, tzinfo=UTC))
NOTHING = Known(None, None)
ARN = "arn:aws:elasticloadbalancing:ap-northeast-2:111111111111:loadbalancer/app/web/50dc6c495c0c"
STEP = Step(Decimal(100), Decimal(70), {"volume": Decimal(40), "credit": Decimal(-70)})


def costs_by_day(
    groups: dict[str | None, Sequence[int]], rest: Sequence[int] = (), currency: str = "USD"
) -> tuple[Question, Costs]:
    """What each group costs on each day, the first being the largest."""
    shown = {
        values: Group((values,), currency, Decimal(sum(amounts)), None)
        for values, amounts in groups.items()
    }
    told = [(shown[values], amounts) for values, amounts in groups.items()]
    cells = [
        Cell(datetime(2026, 10, 1, tzinfo=UTC) + timedelta(day), group, currency, Decimal(amount))
        for group, amounts in [*told, *([(None, rest)] if rest else [])]
        for day, amount in enumerate(amounts)
        if amount
    ]
    count = max([len(each) for each in groups.values()] + [len(rest)], default=31)
    days = Days(FIRST, FIRST + timedelta(days=count))
    hidden = {currency: Decimal(sum(rest))} if rest else {}
    total = sum((each.cost for each in cells), Decimal(0))
    totals = {currency: total} if cells else {}
    by = (Dimension("service"),) if groups else ()
    return Question(days, by=by), Costs(totals, tuple(shown.values()), hidden, tuple(cells))


def a_days_picture(
    groups: dict[str | None, Sequence[int]],
    rest: Sequence[int] = (),
    language: Language = "en",
    currency: str = "USD",
) -> DaysPicture:
    question, found = costs_by_day(groups, rest, currency)
    return Wording(language, {}).days(question, found, OPEN, currency)


def a_groups_picture(
    groups: dict[str | None, int],
    rest: int = 0,
    language: Language = "en",
    by: str = "service",
    names: dict[str, str] | None = None,
) -> RowsPicture:
    days = {each: [amount] for each, amount in groups.items()}
    _, found = costs_by_day(days, [rest] if rest else ())
    question = Question(Days(FIRST, date(2026, 11, 1)), by=(dimension_of(by),))
    return Wording(language, names or {}).groups(question, found, OPEN, "USD")


def a_bridge(language: Language = "en", step: Step = STEP) -> RowsPicture:
    question = Question(Days(FIRST, date(2026, 11, 1)))
    found = Bridge("USD", step, [], None)
    return Wording(language, {}).bridge(question, question.days.before(), found, OPEN)


def outlines(text: str) -> list[str]:
    """As it is drawn where a picture says why it is empty, after its title and subtitle."""
    picture = a_groups_picture({})
    heading = type(picture.heading)("", "", text)
    return Drawn(draw(RowsPicture(heading, "USD", ()), "svg")).glyphs()


@pytest.mark.req("ING-30", part="pictures: the columns drawn are the figures")
def test_columns_are_as_high_as_their_day_cost() -> None:
    picture = a_days_picture({"EC2": [100, 50, 0, 25], "S3": [10, 20, 30, 40]}, rest=[1, 2, 3, 4])

    stacks = Drawn(draw(picture, "svg")).boxes("stack")

    one = stacks[0][0].height / 100
    heights = [[round(box.height / one, 1) for box in stack] for stack in stacks]
    assert heights == [[100, 50, 25], [10, 20, 30, 40], [1, 2, 3, 4]]
    (ec2, *_), (s3, *_), (rest, *_) = stacks
    assert ec2.top == pytest.approx(s3.bottom)
    assert s3.top == pytest.approx(rest.bottom)
    assert all(one.right < two.left for one, two in pairwise(stacks[1]))


@pytest.mark.req("ING-30", part="pictures: credits below the line")
def test_credits_are_below_the_line_and_a_mark_says_the_sum() -> None:
    picture = a_days_picture({"EC2": [100, 80], "Credit": [-30, 0]})

    (costs, _), (credit,) = Drawn(draw(picture, "svg")).boxes("stack")

    assert credit.top == pytest.approx(costs.bottom)
    assert credit.height == pytest.approx(costs.height * 0.3, abs=0.01)
    assert picture.sums == {0: Decimal(70)}
    assert picture.legend[-1] == ("Sum of the day", "150.00")


@pytest.mark.req("ING-30", part="pictures: credits below the line")
def test_days_of_nothing_but_credits_hang_from_the_line() -> None:
    (boxes,) = Drawn(draw(a_days_picture({"Credit": [-30, -60]}), "svg")).boxes("stack")

    assert boxes[0].top == pytest.approx(boxes[1].top)
    assert boxes[1].height == pytest.approx(2 * boxes[0].height, abs=0.01)
    assert boxes[1].height > 200


@pytest.mark.req("ING-30", part="pictures: the bars drawn are the figures")
def test_bars_are_as_long_as_their_group_costs() -> None:
    picture = a_groups_picture({"EC2": 200, "S3": 100, "Credit": -50}, rest=25)

    (ec2,), (s3,), (credit,), (rest,) = Drawn(draw(picture, "svg")).boxes("row")

    one = ec2.width / 200
    assert [round(each.width / one, 1) for each in (s3, credit, rest)] == [100, 50, 25]
    assert ec2.left == pytest.approx(s3.left) == pytest.approx(credit.right)
    assert ec2.bottom < s3.top < s3.bottom < credit.top < credit.bottom < rest.top


@pytest.mark.req("ING-35", part="waterfall drawn from before over each part to after")
def test_a_waterfall_s_bars_hang_together() -> None:
    boxes = [box for (box,) in Drawn(draw(a_bridge(), "svg")).boxes("row")]

    before, volume, credit, after = boxes
    assert [round(each.width / before.width, 2) for each in boxes] == [1, 0.4, 0.7, 0.7]
    assert before.left == pytest.approx(after.left)
    assert before.right == pytest.approx(volume.left)
    assert volume.right == pytest.approx(credit.right)
    assert credit.left == pytest.approx(after.right)
    assert meet(boxes)


@pytest.mark.req("ING-35", part="waterfall of a bill that is less than nothing")
def test_a_waterfall_crosses_the_line() -> None:
    step = Step(Decimal(50), Decimal(-50), {"credit": Decimal(-100)})

    (before,), (credit,), (after,) = Drawn(draw(a_bridge(step=step), "svg")).boxes("row")

    assert before.left == pytest.approx(after.right)
    assert credit.width == pytest.approx(before.width + after.width, abs=0.01)


@pytest.mark.req("ING-35", part="waterfall of small changes between large bills")
def test_small_changes_are_seen_and_the_cut_is_said() -> None:
    step = Step(Decimal(100_000), Decimal(100_450), {"volume": Decimal(900), "tax": Decimal(-450)})

    drawn = Drawn(draw(a_bridge(step=step), "svg"))

    before, volume, tax, after = (box for (box,) in drawn.boxes("row"))
    assert "bars cut, from 99,500.00 on" in drawn.told
    one = volume.width / 900
    assert [round(each.width / one) for each in (before, tax, after)] == [500, 450, 950]
    assert volume.width > 250
    assert "cut" not in Drawn(draw(a_bridge(), "svg")).told


@pytest.mark.req("ING-30", part="pictures: described in words beside the outlines")
def test_an_svg_says_in_words_what_it_shows() -> None:
    drawn = Drawn(draw(a_groups_picture({"EC2": 2000, ARN: 100, None: -5}, rest=7), "svg"))

    assert drawn.root.attrib["role"] == "img"
    assert drawn.size == ("800", "400")
    assert drawn.title == "Cost by service"
    assert drawn.told == (
        "2026-10-01 to 2026-10-31 · amortised · total 2,102.00 USD · not final. "
        f"EC2 2,000.00 USD; {ARN} 100.00 USD; Not stated -5.00 USD; Others 7.00 USD"
    )


@pytest.mark.req("ING-30", part="pictures: words in three languages")
@pytest.mark.parametrize(
    ("language", "days", "groups", "bridge", "rest"),
    [
        ("en", "Cost by day and service", "Cost by tag team", "Why the bill changed", "Others"),
        ("ko", "일별·서비스별 비용", "team 태그별 비용", "청구 금액이 달라진 이유", "기타"),
        ("ja", "日別・サービス別コスト", "team タグ別コスト", "請求額が変わった理由", "その他"),
    ],
)
def test_words_are_in_the_language_asked_for(
    language: Language, days: str, groups: str, bridge: str, rest: str
) -> None:
    by_day = a_days_picture({"EC2": [1, 2]}, [3, 4], language)
    by_group = a_groups_picture({"web": 1}, 2, language, by="tag:team")
    drawn = [Drawn(draw(each, "svg")) for each in (by_day, by_group, a_bridge(language))]

    assert [each.title for each in drawn] == [days, groups, bridge]
    assert f"{rest} 7.00 USD" in drawn[0].told


@pytest.mark.req("ING-30", part="pictures: Korean and Japanese letters are there")
def test_every_word_is_in_the_typeface() -> None:
    for text in _all_texts():
        for language in LANGUAGES:
            said = getattr(text, language)
            assert SPARE not in drawable(said), said
            assert drawable(said) == said


@pytest.mark.req("ING-30", part="pictures: Korean and Japanese letters are there")
def test_letters_are_drawn_and_not_boxes() -> None:
    korean, japanese = outlines("비용"), outlines("費用")
    with pytest.warns(UserWarning, match="missing from font"):
        (box,) = outlines("🎉")

    assert len({*korean, *japanese, box}) == 5
    assert drawable("🎉") == SPARE


@pytest.mark.req("ING-30", part="pictures: a process that draws none grows by nothing")
def test_what_draws_is_not_loaded_with_the_service() -> None:
    asked = "import sys, finops_ingestion.main; print('matplotlib' in sys.modules)"

    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", asked], capture_output=True, check=True, text=True
    )

    assert told.stdout.strip() == "False"


@pytest.mark.req("ING-30", part="pictures: Korean and Japanese letters are there, in pixels")
def test_pixels_of_languages_differ_from_each_other_and_from_boxes() -> None:
    def pixels(text: str) -> bytes:
        heading = type(a_bridge().heading)("", "", text)
        return draw(RowsPicture(heading, "USD", ()), "png")

    assert len({pixels(text) for text in ("비용", "費用", "コスト", SPARE * 2, "")}) == 5


@pytest.mark.req("ING-30", part="pictures: without costs")
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "No costs in these days"),
        ("ko", "이 기간에는 비용이 없습니다"),
        ("ja", "この期間のコストはありません"),
    ],
)
def test_nothing_is_said_to_be_nothing(language: Language, told: str) -> None:
    question, wording = Question(Days(FIRST, date(2026, 11, 1))), Wording(language, {})
    against = question.days.before()
    empty: list[Picture] = [
        wording.days(question, Costs(), NOTHING, ""),
        wording.groups(question, Costs(), NOTHING, ""),
        wording.bridge(question, against, None, NOTHING),
    ]

    for picture in empty:
        drawn = Drawn(draw(picture, "svg"))
        assert drawn.told.endswith(f". {told}")
        assert drawn.boxes("stack") == drawn.boxes("row") == []
        assert len(drawn.glyphs()) >= len(told.replace(" ", ""))


@pytest.mark.req("ING-30", part="pictures: cost groups by their names")
def test_cost_groups_are_called_by_their_names() -> None:
    names = {"g-1": "플랫폼팀"}
    picture = a_groups_picture({"g-1": 5, "g-2": 4, None: 3}, by="cost_group", names=names)

    assert [name for name, _ in picture.figures] == ["플랫폼팀", "g-2", "Not stated"]


@pytest.mark.req("ING-30", part="pictures: readable whatever names there are")
def test_long_names_are_shortened_in_their_middle_to_fit() -> None:
    short = fitted(ARN, 12, 200)

    assert width_of(short, 12) <= 200 < width_of(ARN, 12)
    head, _, tail = short.partition("…")
    assert ARN.startswith(head)
    assert ARN.endswith(tail)
    assert min(len(head), len(tail)) > 8
    assert fitted("EC2", 12, 200) == "EC2"


@pytest.mark.req("ING-30", part="pictures: readable whatever names there are")
def test_names_of_any_characters_are_drawn_as_they_are() -> None:
    names = ["a\nb\x00\x1b\u202ec", "$x$ and $y", "<b>&'\"", "ทดสอบ", "", "\ud800", "\\frac{1}{2}"]
    picture = a_groups_picture(dict.fromkeys(names, 5))

    drawn = Drawn(draw(picture, "svg"))

    assert "a b c 5.00 USD; $x$ and $y 5.00 USD; <b>&'\" 5.00 USD" in drawn.told
    assert len(drawn.boxes("row")) == len(names)
    assert draw(picture, "png")


@pytest.mark.req("ING-30", part="pictures: as SVG and as PNG of twice the size")
def test_a_png_has_twice_the_pixels_and_grows_with_its_rows() -> None:
    few = a_groups_picture({str(each): each + 1 for each in range(3)})
    many = a_groups_picture({str(each): each + 1 for each in range(30)}, rest=5)

    assert png_size(draw(few, "png")) == (1600, 800)
    width, height = png_size(draw(many, "png"))
    assert (width, height) == (1600, 2 * float(Drawn(draw(many, "svg")).size[1]))
    assert height > 1600


@pytest.mark.req("ING-30", part="pictures: as SVG and as PNG of twice the size")
def test_the_same_picture_is_the_same_file() -> None:
    picture = a_days_picture({"EC2": [1, 2], None: [3, -4]})

    assert draw(picture, "svg") == draw(picture, "svg")
    assert draw(picture, "png") == draw(picture, "png")


@pytest.mark.req("ING-30", part="pictures: one day, a year, and eight colours with a legend")
@pytest.mark.parametrize("days", [1, 31, 366])
def test_everything_stays_within_the_sheet(days: int) -> None:
    groups: dict[str | None, Sequence[int]] = {
        f"{ARN}/{number}": [10**12 * (number + 1)] * days for number in range(6)
    }
    picture = a_days_picture(groups | {"Credit": [-1] * days}, [10**12] * days, currency="KRW")

    drawn = Drawn(draw(picture, "svg"))

    stacks = drawn.boxes("stack")
    assert [len(each) for each in stacks] == [days] * 8
    assert all(0 < box.left < box.right < 600 for stack in stacks for box in stack)
    assert all(60 < box.top <= box.bottom < 370 for stack in stacks for box in stack)
    assert len(picture.legend) == 9
    assert "." not in picture.legend[0][1]


def _all_texts() -> Iterator[Text]:
    for value in vars(texts).values():
        if isinstance(value, Text):
            yield value
        elif isinstance(value, dict):
            yield from (each for each in value.values() if isinstance(each, Text))
