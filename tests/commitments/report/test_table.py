"""Tables line up whatever letters they hold."""

from finops_commitments.report.table import Heading, shown_width, table


def test_wide_letters_and_marks_are_counted_as_they_are_shown() -> None:
    assert shown_width("서울") == 4
    assert shown_width("e\u0301") == 1


def test_numbers_stand_to_the_right_and_lines_end_without_blanks() -> None:
    text = table([Heading("who"), Heading("n", number=True)], [["서울", "1"], ["abcdef", "22"]])

    assert text.splitlines() == [
        "who      n",
        "------  --",
        "서울     1",
        "abcdef  22",
    ]
