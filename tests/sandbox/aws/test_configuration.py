"""The simulator as a process: made from a configuration file."""

from fastapi import FastAPI

from finops_sandbox.aws.__main__ import app_of
from finops_sandbox.aws.state import State


def state_of(app: FastAPI) -> State:
    state: State = app.state.simulator
    return state


def test_worlds_and_callers_come_from_the_configuration() -> None:
    caller = {"access_key": "AKIA1", "secret": "s", "arn": "arn:aws:iam::999988887777:user/u"}
    worlds = [
        {"seed": 7, "now": "2026-11-21T10:00:00Z", "months": 2, "anchor": "2026-10"},
        {"seed": 8, "payer": "012345678901"},
    ]

    state = state_of(
        app_of({"moto_url": "http://127.0.0.1:1", "callers": [caller], "worlds": worlds})
    )

    first, second = state.worlds
    assert (first.anchor.month, len(first.months)) == (10, 2)
    assert second.payer.id == "012345678901"
    assert len(second.months) == 13
    assert state.identities.callers["AKIA1"].account == "999988887777"
    accounts = [account.id for world in state.worlds for account in world.accounts]
    assert len(accounts) == len(set(accounts)) == 10
