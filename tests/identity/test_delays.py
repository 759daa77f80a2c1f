"""How failures slow the next attempt, exactly; the HTTP tests run on a moving clock."""

import pytest

from finops_identity.throttling.domain import delay_after


@pytest.mark.req("ID-14")
def test_the_tenth_failure_costs_a_second_and_each_next_one_twice_as_much() -> None:
    delays = [delay_after(failed, 10).total_seconds() for failed in (9, 10, 11, 12, 19, 20, 500)]

    assert delays == [0, 1, 2, 4, 512, 900, 900]
