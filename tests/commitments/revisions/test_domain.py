"""How far bills are known."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from finops_commitments.revisions.domain import Revision, known_until
from finops_common.ids import new_id

AT = datetime(2026, 10, 31, tzinfo=UTC)


def a_revision(days_ago: int, source: UUID | None = None) -> Revision:
    then = AT - timedelta(days=days_ago)
    return Revision(source or new_id(), date(2026, 10, 1), 1, new_id(), "open", then, then, then)


def test_all_are_known_up_to_the_source_furthest_behind() -> None:
    found = known_until([a_revision(1), a_revision(3)], AT)

    assert found == AT - timedelta(days=3)


def test_a_source_that_has_ended_holds_up_nobody() -> None:
    found = known_until([a_revision(1), a_revision(200)], AT)

    assert found == AT - timedelta(days=1)


def test_where_all_are_silent_the_last_word_stands() -> None:
    assert known_until([a_revision(100), a_revision(90)], AT) == AT - timedelta(days=100)
    assert known_until([], AT) == AT
    assert known_until([a_revision(-2)], AT) == AT
