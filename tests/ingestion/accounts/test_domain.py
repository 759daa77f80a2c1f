"""The two state machines of a cloud account, without any cloud."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_common.contracts.ingestion import CollectionStatus, ConnectionStatus
from finops_ingestion.accounts.domain import (
    BROKEN,
    NEXT,
    Cause,
    CloudAccount,
    ImpossibleChangeError,
    connection_after,
    may_collect,
    next_check,
)

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
CAUSES = st.sampled_from([None, *get_args(Cause)])
LIVING = [status for status in get_args(ConnectionStatus) if status != "to_be_deleted"]


def an_account(**known: Any) -> CloudAccount:  # noqa: ANN401 - any field
    account = CloudAccount(
        id=uuid4(),
        company_id=uuid4(),
        organization_id=uuid4(),
        provider="AWS",
        account_id="111122223333",
        payer_account_id="111122223333",
        name="Hanbit",
        origin="registered",
        proven_at=None,
        connection="pre_registration",
        connection_cause=None,
        collection=None,
        collection_cause=None,
        capabilities=("bills",),
        export_name=None,
        place=None,
        findings=(),
        credentials_version=1,
        version=1,
        created_at=NOW,
        checked_at=None,
    )
    return replace(account, **known)


@pytest.mark.req("ING-4", part="connection status is a state machine")
@given(st.sampled_from(LIVING), st.lists(CAUSES, max_size=8))
def test_whatever_checks_find_the_status_follows_the_table(
    first: ConnectionStatus, causes: list[Cause | None]
) -> None:
    account = an_account(connection=first)

    for cause in causes:
        status, said = connection_after(account, cause)
        assert status == account.connection or status in NEXT[account.connection]
        assert (status == "healthy") == (cause is None)
        assert said == cause
        account = replace(account, connection=status, connection_cause=said)


@given(st.sampled_from(sorted(BROKEN)))
def test_what_waits_for_its_stack_goes_on_waiting_and_what_worked_is_in_error(
    cause: Cause,
) -> None:
    assert connection_after(an_account(), cause) == ("pre_registration", cause)
    assert connection_after(an_account(connection="healthy"), cause) == ("error", cause)


def test_what_is_to_be_deleted_is_not_looked_at_any_more() -> None:
    with pytest.raises(ImpossibleChangeError, match="cannot follow to_be_deleted"):
        connection_after(an_account(connection="to_be_deleted"), None)


@pytest.mark.req("ING-4", part="collection status is a state machine")
@pytest.mark.parametrize("before", [None, *get_args(CollectionStatus)])
@pytest.mark.parametrize("after", get_args(CollectionStatus))
def test_collecting_ends_only_what_has_begun(
    before: CollectionStatus | None, after: CollectionStatus
) -> None:
    allowed = before in {after, "in_progress"} or after == "in_progress"

    if allowed:
        may_collect(before, after)
    else:
        with pytest.raises(ImpossibleChangeError):
            may_collect(before, after)


@pytest.mark.req("ING-2", part="within 5 minutes")
@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_waiting_account_is_looked_at_within_five_minutes(waited: timedelta) -> None:
    due = next_check(an_account(), NOW + waited)

    assert due is not None
    assert due - (NOW + waited) < timedelta(minutes=5)


@pytest.mark.req("ING-4", part="drift within a day")
@pytest.mark.parametrize("connection", ["healthy", "update_required", "error"])
def test_every_registered_account_is_looked_at_within_a_day(connection: str) -> None:
    due = next_check(an_account(connection=connection, payer_account_id="999999999999"), NOW)

    assert due is not None
    assert due - NOW <= timedelta(days=1)


def test_what_no_look_can_change_is_left_alone() -> None:
    assert next_check(an_account(origin="linked", connection="error"), NOW) is None
    elsewhere = an_account(connection="error", connection_cause="registered_elsewhere")
    assert next_check(elsewhere, NOW) is None
    assert next_check(an_account(), NOW + timedelta(days=31)) is None
