"""What a look at an account means, without any cloud."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_ingestion.accounts.domain import CloudAccount, Finding
from finops_ingestion.connections.domain import (
    Credentials,
    Evidence,
    Export,
    pick_export,
    probe_role,
    read_role,
    stack_tag,
    verdict,
)

NUMBER = "111122223333"
EXPORT = Export("cur2", "bucket", "billing", "us-east-1", 0)
FINE = Evidence(NUMBER, (), EXPORT, "reachable", (Finding("bills", ("s3:GetObject",), ()),))

ACCOUNT = CloudAccount(
    id=uuid4(),
    company_id=uuid4(),
    organization_id=uuid4(),
    provider="AWS",
    account_id=NUMBER,
    payer_account_id=None,
    name="Hanbit",
    origin="registered",
    proven_at=None,
    connection="pre_registration",
    connection_cause=None,
    collection=None,
    collection_cause=None,
    capabilities=("bills", "commitments"),
    export_name=None,
    place=None,
    findings=(),
    credentials_version=1,
    version=1,
    created_at=datetime(2026, 11, 2, tzinfo=UTC),
    checked_at=None,
)
LACKING = Finding("commitments", (), ("savingsplans:DescribeSavingsPlans",))


@pytest.mark.req("ING-4", part="AWS: what a check means")
@pytest.mark.parametrize(
    ("seen", "cause"),
    [
        ({}, None),
        ({"findings": (LACKING,)}, "policy_too_small"),
        ({"findings": (replace(LACKING, capability="purchase"),)}, None),
        ({"findings": (replace(LACKING, capability="resources"),)}, None),
        ({"bucket": "closed"}, "policy_too_small"),
        ({"bucket": "missing"}, "bucket_not_found"),
        ({"export": None, "bucket": None}, "export_not_found"),
        ({"export": None, "payer_account_id": None}, "export_not_found"),
        ({"export": None, "payer_account_id": "999999999999"}, None),
    ],
)
def test_what_was_asked_for_and_is_not_there_has_a_name(
    seen: dict[str, object], cause: str | None
) -> None:
    assert verdict(ACCOUNT, replace(FINE, **seen)) == cause  # type: ignore[arg-type] # by name


def test_bills_that_nobody_asked_for_are_not_missed() -> None:
    without = replace(ACCOUNT, capabilities=("commitments",))

    assert verdict(without, replace(FINE, export=None, bucket=None)) is None


def test_the_export_asked_for_wins_then_the_one_in_use_then_the_best() -> None:
    exports = [replace(EXPORT, name=name, rank=rank) for name, rank in (("old", 9), ("new", 1))]

    assert pick_export(exports, "old", "new") == exports[0]
    assert pick_export(exports, "gone", "new") is None
    assert pick_export(exports, None, "old") == exports[0]
    assert pick_export(exports, None, "gone") == exports[1]
    assert pick_export([], None, None) is None


@given(st.uuids(), st.uuids())
def test_roles_are_named_after_their_organization_and_tell_nobody_its_id(one, other) -> None:
    names = {read_role(NUMBER, stack_tag(each)) for each in (one, other)}

    assert len(names) == len({one, other})
    assert not [name for name in names if one.hex[:8] in name.rpartition("-")[2]]
    assert probe_role(NUMBER, stack_tag(one)) not in names


def test_credentials_do_not_show_themselves() -> None:
    assert "the-secret" not in repr(Credentials(read_role(NUMBER, "tag"), "the-secret"))
