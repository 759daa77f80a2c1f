"""When people are reminded of what ends, and how often they are told of what is amiss."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.alerts.domain import DAYS, Alert, of_findings, reminders
from finops_commitments.findings.domain import FindingKind, Found
from finops_commitments.inventory.domain import Commitment, DailyUse, Severity

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FALL = FindingKind.COVERAGE_DROPPED
OPENED = {(kind, "sp-1"): uuid4() for kind in FindingKind}


def a_commitment(ends_in: timedelta | None) -> Commitment:
    return Commitment(
        id="sp-1",
        provider="AWS",
        hourly_amount=Decimal("1.5"),
        currency="USD",
        ends_at=None if ends_in is None else NOW + ends_in,
    )


def a_finding(kind: FindingKind) -> Found:
    facts = {"unused": "6", "currency": None, "payer_account_id": None, "service": None}
    return Found(kind, "sp-1", "sp-1", Severity.HIGH, facts)


def a_fall(subject: str, payer: str, service: str | None) -> Found:
    facts = {"payer_account_id": payer, "currency": "USD", "service": service}
    return Found(FindingKind.COVERAGE_DROPPED, subject, None, Severity.HIGH, facts)


@pytest.mark.req("COM-31", part="expiry at 90/60/30/14/7/1 days")
@pytest.mark.parametrize(
    ("ends_in", "occasion", "days"),
    [
        (timedelta(days=90, seconds=1), None, None),
        (timedelta(days=90), 90, "90"),
        (timedelta(days=60, seconds=1), 90, "61"),
        (timedelta(days=60), 60, "60"),
        (timedelta(days=29), 30, "29"),
        (timedelta(days=14), 14, "14"),
        (timedelta(days=6, hours=1), 7, "7"),
        (timedelta(hours=20), 1, "1"),
        (timedelta(0), None, None),
        (timedelta(days=-1), None, None),
        (None, None, None),
    ],
)
def test_the_reminder_that_is_due(
    ends_in: timedelta | None, occasion: int | None, days: str | None
) -> None:
    due = reminders([a_commitment(ends_in)], NOW, {})

    assert [each.occasion.split(" days")[0] for each in due] == ([str(occasion)] if days else [])
    assert [each.facts["days"] for each in due] == ([days] if days else [])


@pytest.mark.req("COM-31", part="expiry at 90/60/30/14/7/1 days; none is sent twice")
@given(st.lists(st.integers(0, 120 * 24), min_size=1, max_size=40).map(sorted))
def test_however_often_it_is_looked_at_each_step_is_one_alert(hours: list[int]) -> None:
    ends_in = timedelta(days=120)
    organization = uuid4()

    sent: dict[UUID, timedelta] = {}
    for hour in hours:
        at = NOW + timedelta(hours=hour)
        for each in reminders([a_commitment(ends_in)], at, {}):
            sent.setdefault(each.id_in(organization), ends_in - timedelta(hours=hour))

    steps = {next(d for d in DAYS if left <= timedelta(days=d)) for left in sent.values()}
    assert len(sent) == len(steps) <= len(DAYS)


@pytest.mark.req("COM-31", part="with a replacement of the same size")
def test_a_reminder_says_what_ends_and_what_it_costs_without() -> None:
    use = DailyUse(covered=Decimal(48), amortised=Decimal(36))

    (alert,) = reminders([a_commitment(timedelta(days=7))], NOW, {("USD", "sp-1"): use})

    assert alert.severity == "critical"
    assert alert.facts == {
        "commitment_id": "sp-1",
        "days": "7",
        "ends_at": "2026-05-08",
        "hourly_commitment": "1.5",
        "currency": "USD",
        "covered_a_day": "48",
        "extra_cost_a_day": "12",
    }


@pytest.mark.req("COM-31", part="below threshold; over-commitment")
def test_a_finding_is_told_once_a_month_and_ends_and_lists_are_no_alerts_of_findings() -> None:
    organization = uuid4()

    def alerts(at: datetime) -> list[Alert]:
        found = [a_finding(kind) for kind in FindingKind if kind is not FALL]
        return of_findings(found, OPENED, at)

    first, later, next_month = (
        {each.id_in(organization) for each in alerts(at)}
        for at in (NOW, NOW + timedelta(days=30), NOW + timedelta(days=31))
    )
    assert {each.kind for each in alerts(NOW)} == {
        "commitment.underutilized",
        "commitment.over_committed",
    }
    assert next(each.facts for each in alerts(NOW)) == {"commitment_id": "sp-1", "unused": "6"}
    assert first == later
    assert not first & next_month


@pytest.mark.req("COM-31", part="coverage drop; none is sent twice")
def test_a_fall_of_coverage_is_told_once_until_it_is_found_anew() -> None:
    found, organization = [a_fall("1 USD", "1", None)], uuid4()
    first, anew = ({(FALL, "1 USD"): uuid4()} for _ in range(2))

    def told(opened: Mapping[tuple[FindingKind, str], UUID], at: datetime) -> set[UUID]:
        return {each.id_in(organization) for each in of_findings(found, opened, at)}

    assert told(first, NOW) == told(first, NOW + timedelta(days=40))
    assert not told(first, NOW) & told(anew, NOW)


@pytest.mark.req("COM-31", part="coverage drop: no noise")
def test_a_service_that_fell_is_told_of_unless_its_payer_fell_as_a_whole() -> None:
    found = [
        a_fall("1 USD", "1", None),
        a_fall("1 USD EC2", "1", "EC2"),
        a_fall("2 EC2", "2", "EC2"),
    ]
    opened = {(FALL, each.subject): uuid4() for each in found}

    assert [each.about for each in of_findings(found, opened, NOW)] == ["1 USD", "2 EC2"]


@pytest.mark.req("COM-31", part="each can be acknowledged")
def test_every_reminder_of_an_end_is_of_one_matter_and_a_finding_of_its_own() -> None:
    commitment = a_commitment(timedelta(days=60))
    due = [reminders([commitment], NOW + timedelta(days=ago), {})[0] for ago in (0, 46, 59)]
    longer = reminders([a_commitment(timedelta(days=61))], NOW, {})
    low = [a_finding(FindingKind.UNDERUTILIZED)]
    months = [of_findings(low, OPENED, NOW + timedelta(days=n))[0] for n in (0, 31)]
    anew = {(FindingKind.UNDERUTILIZED, "sp-1"): uuid4()}

    assert len({each.matter for each in due}) == 1
    assert len({each.occasion for each in due}) == 3
    assert longer[0].matter != due[0].matter
    assert len({each.matter for each in months}) == 1
    assert of_findings(low, anew, NOW)[0].matter != months[0].matter
