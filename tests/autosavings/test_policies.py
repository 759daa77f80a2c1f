"""What a customer allows."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.autosavings.conftest import Said, Saver

from finops_autosavings.policies.domain import Policy
from finops_autosavings.policies.service import PolicyService
from finops_common.contracts.autosavings import PolicyChanged
from finops_common.errors.problem import RecentLoginNeeded
from finops_common.testing.services import Running


@pytest.mark.req("AUTO-2", part="dry_run by default")
async def test_until_somebody_sets_a_policy_the_dry_run_holds(newcomer: Saver) -> None:
    answer = await newcomer.ask("GET", "/policy")

    assert answer.headers["ETag"] == '"0"'
    seen = answer.json()
    assert (seen["version"], seen["policy"]["mode"]) == (0, "dry_run")
    assert seen["policy"]["cool_off_hours"] == 24


@pytest.mark.req("AUTO-2", part="versions and events")
async def test_a_change_makes_a_version_and_says_what_was_and_is(
    newcomer: Saver, events: Said
) -> None:
    wanted = {"caps": {"per_month": "50000.5"}, "weekday": 2, "reason": "budget of 2027"}

    first = await newcomer.ask("PUT", "/policy", wanted, headers={"If-Match": '"0"'})
    again = await newcomer.ask("PUT", "/policy", wanted, headers={"If-Match": '"1"'})

    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    assert first.json()["policy"]["caps"]["per_month"] == "50000.5"
    assert again.json() == first.json()
    (said,) = await events(PolicyChanged, newcomer, 1)
    assert said.reason == "budget of 2027"
    assert said.data.before["weekday"] == 0
    assert said.data.after == {
        "caps": {
            "per_purchase": None,
            "per_month": "50000.5",
            "outstanding": None,
            "upfront": None,
        },
        "weekday": 2,
    }


@pytest.mark.req("AUTO-2", part="nobody overwrites what they have not seen")
async def test_of_two_who_read_the_same_version_one_changes_it(newcomer: Saver) -> None:
    wanted = [{"hour": hour} for hour in (1, 2, 3)]

    answers = await asyncio.gather(
        *(newcomer.ask("PUT", "/policy", body, headers={"If-Match": '"0"'}) for body in wanted)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


@pytest.mark.req("AUTO-2", part="nobody overwrites what they have not seen")
async def test_changes_without_a_condition_come_one_after_another(newcomer: Saver) -> None:
    answers = await asyncio.gather(
        *(newcomer.ask("PUT", "/policy", {"hour": hour}) for hour in (1, 2, 3))
    )

    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3]


@pytest.mark.req("AUTO-2", part="only dry_run can be switched on")
@pytest.mark.parametrize("mode", ["approve_each", "approve_above_limit", "auto_within_policy"])
async def test_modes_that_buy_are_refused_by_name(newcomer: Saver, mode: str) -> None:
    refused = await newcomer.ask("PUT", "/policy", {"mode": mode})

    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["mode"]) == ("mode-not-available", mode)
    assert "dry_run" in problem["detail"]
    assert (await newcomer.ask("GET", "/policy")).json()["version"] == 0


@pytest.mark.req("AUTO-2", part="asks step-up")
async def test_a_log_in_of_eleven_minutes_ago_changes_no_policy(
    newcomer: Saver, autosavings: Running
) -> None:
    caller = newcomer.caller(datetime.now(UTC) - timedelta(minutes=11))

    with pytest.raises(RecentLoginNeeded):
        await PolicyService(autosavings.database).change(caller, Policy(hour=9), None, None)

    assert (await newcomer.ask("GET", "/policy")).json()["version"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"largest_slice": "100.01"},
        {"target_coverage_percent": "101"},
        {"caps": {"per_month": "-1"}},
        {"weekday": 7},
        {"blackouts": [{"since": "2026-12-02T00:00:00Z", "until": "2026-12-01T00:00:00Z"}]},
        {"unknown": 1},
    ],
)
async def test_a_policy_that_cannot_be_is_refused(newcomer: Saver, body: dict[str, object]) -> None:
    assert (await newcomer.ask("PUT", "/policy", body)).status_code == 422
