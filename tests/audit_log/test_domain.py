"""The laws of entries: what is taken out can be put back, and no form of it escapes the proof."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_audit_log.entries.domain import Entry, canonical
from finops_audit_log.entries.personal import digest, is_personal, put_back, take_out
from finops_audit_log.patterns.domain import MOST_PEOPLE, Count, Device, summarise

names = st.sampled_from(["email", "full_name", "role", "ip", "name", "billing_email", "roles"])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
facts = st.dictionaries(names, values, max_size=4)

AN_ENTRY = Entry(
    id=UUID(int=1),
    chain_id=UUID(int=2),
    sequence=1,
    retention="history",
    happened_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    recorded_at=datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC),
    company_id=UUID(int=2),
    organization_id=None,
    person_id=None,
    actor_kind="user",
    actor_id=str(UUID(int=3)),
    impersonator=None,
    action="member.role_changed",
    target_kind="user",
    target_id=str(UUID(int=4)),
    before={"role": "member"},
    after={"role": "admin"},
    data={},
    reason=None,
    outcome="success",
    request_id="r",
    event_id=UUID(int=5),
    event_type="finops.org-rbac.member.role_changed.v1",
    digests={},
)


@given(facts)
def test_personal_fields_taken_out_can_be_put_back(fact: dict[str, Any]) -> None:
    plain, personal = take_out(fact, "data")

    assert put_back(plain, "data", personal) == fact


@given(facts)
def test_nothing_personal_is_left_after_taking_out(fact: dict[str, Any]) -> None:
    plain, _ = take_out(fact, "data")

    def check(value: Any) -> None:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            assert not [
                name for name, each in value.items() if is_personal(name) and each is not None
            ]
        for each in value.values() if isinstance(value, dict) else []:
            check(each)

    check(plain)


@pytest.mark.parametrize("name", ["email", "new_email", "phone", "full_name", "ip", "user_agent"])
def test_names_of_personal_fields_are_known(name: str) -> None:
    assert is_personal(name)


@pytest.mark.parametrize("name", ["name", "role", "organization_name", "description", "shipping"])
def test_other_names_are_not_personal(name: str) -> None:
    assert not is_personal(name)


@pytest.mark.req("AUD-6", part="leaves over canonical entries, salted")
def test_the_same_value_has_another_digest_under_another_salt() -> None:
    assert digest(b"1" * 16, "x") != digest(b"2" * 16, "x")
    assert digest(b"1" * 16, "x") == digest(b"1" * 16, "x")


@pytest.mark.req("AUD-6", part="leaves over canonical entries, salted")
def test_every_field_but_opened_personal_ones_is_in_the_proof() -> None:
    proven = json.loads(canonical(AN_ENTRY)).keys()

    assert set(Entry.__dataclass_fields__) - set(proven) == {"personal"}


def test_the_canonical_form_does_not_depend_on_the_zone_or_order() -> None:
    seoul = timezone(timedelta(hours=9))
    same = replace(
        AN_ENTRY,
        happened_at=AN_ENTRY.happened_at.astimezone(seoul),
        data={},
        personal={"ip": "198.51.100.7"},
    )

    assert canonical(same) == canonical(AN_ENTRY)
    assert canonical(replace(AN_ENTRY, data={"a": 1, "b": 2})) == canonical(
        replace(AN_ENTRY, data={"b": 2, "a": 1})
    )


@given(
    st.lists(
        st.builds(
            Count,
            person_id=st.integers(0, 150).map(lambda n: UUID(int=n)),
            hour=st.integers(0, 23),
            device=st.just(Device("Chrome 142", "Linux", None)),
            log_ins=st.integers(0, 9),
            failed=st.integers(0, 9),
        )
    )
)
def test_the_team_is_the_sum_of_its_people(counts: list[Count]) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)

    found = summarise(counts, now, now, "UTC")

    totals = [pattern.total for _, pattern in found.people]
    assert found.team.total == sum(count.log_ins + count.failed for count in counts)
    assert totals == sorted(totals, reverse=True)
    assert len(totals) <= MOST_PEOPLE
    assert len(totals) == MOST_PEOPLE or found.team.total == sum(totals)
