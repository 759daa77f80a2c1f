"""Mails about notices: at once or once a day, under a Message-ID that stays the same."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import update
from tests.org_rbac.conftest import Firm
from tests.org_rbac.notices.conftest import (
    Publisher,
    a_notice,
    acting,
    inbox,
    told,
)

from finops_common.acting import Acting
from finops_common.clock import utc_now
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.db.scopes import SYSTEM
from finops_common.db.tables import jobs
from finops_common.db.transaction import Database
from finops_common.jobs import GiveUpError
from finops_common.mail import Mailer
from finops_org_rbac.notices.delivery import deliver
from finops_org_rbac.notices.domain import item_id
from finops_org_rbac.notices.mailing import mornings
from finops_org_rbac.notices.postman import Postman
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor

PREFERENCES = "/org-rbac/v1/me/notice-preferences"
AT_ONCE = {"inbox": True, "mails": "immediate"}
MAILED_ONLY = {"inbox": False, "mails": "immediate"}


@dataclass
class Sender:
    """Sends by the stack's mail catcher; fails before or after it has, as it is told."""

    mailer: Mailer
    before: Exception | None = None
    after: BaseException | None = None
    sent: list[UUID] = field(default_factory=list)

    async def send(self, job_id: UUID, payload: dict[str, Any]) -> None:
        if self.before:
            raise self.before
        await self.mailer.send(job_id, payload)
        self.sent.append(job_id)
        if self.after:
            raise self.after


@pytest.fixture
def sender(stack: Stack) -> Sender:
    return Sender(Mailer(stack.smtp_url or "", "finops <no-reply@finops.example>", utc_now))


@pytest.fixture
def postman(database: Database, sender: Sender) -> Postman:
    return Postman(database, sender, "http://app.test/")


async def raised(database: Database, firm: Firm, notice: CommitmentNotice) -> None:
    """Told of without the worker: nobody sends what is mailed but the test."""
    async with database.transaction(acting(firm)) as tx:
        await deliver(tx, notice)


async def mails_of(reader: Visitor, text: str, least: int = 1) -> list[dict[str, Any]]:
    """Mails that hold a text, once there are `least`."""
    for _ in range(400):
        found = [each for each in await reader.mails() if text in each["text"]]
        if len(found) >= least:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{reader.name} got no mail with {text}")


async def due(database: Database, mail_id: UUID) -> None:
    """Let a digest's morning have come."""
    async with database.transaction(Acting(SYSTEM)) as tx:
        await tx.execute(update(jobs).where(jobs.c.id == mail_id).values(run_at=tx.now))


def digest_of(firm: Firm, reader: Visitor, day: int = 0) -> UUID:
    """The id of somebody's next digest, or of one that many days later."""
    morning = next(islice(mornings(utc_now(), "UTC"), day, None))
    return uuid5(UUID(reader.user_id), f"{firm.company} {morning.date()}")


@pytest.mark.req("ORG-40", part="e-mail immediate, in their language")
@pytest.mark.req("ORG-41", part="a stable Message-ID")
async def test_a_notice_is_mailed_at_once_in_the_persons_language(
    firm: Firm, publisher: Publisher
) -> None:
    await firm.dee.ask("PATCH", "/identity/v1/me", {"language": "ko"}, expect=200)
    await firm.dee.ask("PUT", f"{PREFERENCES}/commitments", AT_ONCE, expect=204)
    for _ in range(200):
        chosen = (await firm.dee.get(PREFERENCES))["items"][0]
        if chosen["name"] == "보안":
            break
        await asyncio.sleep(0.05)

    notice = a_notice(firm)
    await publisher.raises(notice)

    (mail,) = await mails_of(firm.dee, "sp-1")
    own = item_id(notice.organization_id, notice.notice_id, UUID(firm.dee.user_id))
    assert mail["subject"] == "약정이 7일 후 만료됩니다"
    assert mail["message_id"].strip("<>").partition("@")[0] == str(own)
    assert "http://app.test/commitments/sp-1" in mail["links"]
    assert "Platform · 약정" in mail["text"]
    assert (await inbox(firm.dee))[0]["id"] == str(own)


@pytest.mark.req("ORG-41", part="an e-mail keeps its Message-ID")
async def test_a_worker_that_dies_after_sending_repeats_the_mail_and_not_the_notice(
    firm: Firm, database: Database, postman: Postman, sender: Sender
) -> None:
    await firm.dee.ask("PUT", f"{PREFERENCES}/commitments", AT_ONCE, expect=204)
    notice = a_notice(firm, permission=None, user_ids=(UUID(firm.dee.user_id),))
    own = item_id(notice.organization_id, notice.notice_id, UUID(firm.dee.user_id))
    async with database.transaction(acting(firm)) as tx:
        await deliver(tx, notice)
        await tx.execute(update(jobs).where(jobs.c.id == own).values(kind="held"))
    payload = {"company_id": firm.company}

    sender.after = asyncio.CancelledError()
    with suppress(asyncio.CancelledError):
        await postman.send(own, payload)
    sender.after = None
    await postman.send(own, payload)
    await postman.send(own, payload)

    mails = await mails_of(firm.dee, "sp-1", least=2)
    assert sender.sent == [own, own]
    assert {each["message_id"] for each in mails} == {f"<{own}@finops.example>"}
    assert len(await inbox(firm.dee)) == 1


@pytest.mark.req("ORG-40", part="e-mail as digest")
async def test_a_day_of_notices_is_one_mail_and_what_comes_later_is_in_the_next(
    firm: Firm, publisher: Publisher, database: Database
) -> None:
    dee = {"permission": None, "user_ids": (UUID(firm.dee.user_id),)}
    today, tomorrow = digest_of(firm, firm.dee), digest_of(firm, firm.dee, 1)
    await publisher.raises(a_notice(firm, **dee), a_notice(firm, **dee, about="2", kind="second"))
    await told(firm.dee, "second")

    await due(database, today)
    (first,) = await mails_of(firm.dee, "second")
    await publisher.raises(a_notice(firm, **dee, kind="third"))
    await told(firm.dee, "third")
    await due(database, tomorrow)
    (second,) = await mails_of(firm.dee, "third")

    assert first["subject"] == "2 notices"
    assert first["message_id"].strip("<>").startswith(str(today))
    assert first["text"].index("sp-1 ends at") < first["text"].index("Commitments: second")
    assert second["subject"] == "Commitments: third"
    assert second["message_id"].strip("<>").startswith(str(tomorrow))


@pytest.mark.req("ORG-41", part="a digest that closes while a notice comes")
async def test_a_notice_that_comes_while_its_digest_closes_is_in_one_of_two(
    firm: Firm, database: Database, postman: Postman
) -> None:
    dee = {"permission": None, "user_ids": (UUID(firm.dee.user_id),)}
    today = digest_of(firm, firm.dee)
    await raised(database, firm, a_notice(firm, **dee))
    many = 8

    await asyncio.gather(
        postman.send(today, {"company_id": firm.company}),
        *(raised(database, firm, a_notice(firm, **dee, about=f"{n}")) for n in range(many)),
    )

    await postman.send(digest_of(firm, firm.dee, 1), {"company_id": firm.company})

    told_of = sum(each["text"].count("ends at") for each in await mails_of(firm.dee, "ends at"))
    assert told_of == many + 1


@pytest.mark.req("ORG-41", part="bounces and repeated failures are shown to Owners")
async def test_what_bounces_is_shown_to_owners_and_stands_in_the_inbox(
    firm: Firm, database: Database, postman: Postman, sender: Sender
) -> None:
    failures = f"/org-rbac/v1/companies/{firm.company}/notice-failures"
    await firm.dee.ask("PUT", f"{PREFERENCES}/commitments", MAILED_ONLY, expect=204)
    notice = a_notice(firm, permission=None, user_ids=(UUID(firm.dee.user_id),))
    own = item_id(notice.organization_id, notice.notice_id, UUID(firm.dee.user_id))
    async with database.transaction(acting(firm)) as tx:
        await deliver(tx, notice)
        await tx.execute(update(jobs).where(jobs.c.id == own).values(kind="held"))
    unseen = await inbox(firm.dee)

    async def sending(fault: Exception) -> dict[str, Any]:
        sender.before = fault
        with suppress(ConnectionError, GiveUpError):
            await postman.send(own, {"company_id": firm.company})
        (found,) = (await firm.ada.get(failures))["items"]
        return {name: found[name] for name in ("id", "final", "attempts", "reason")}

    first = await sending(ConnectionError("mail server of Dee: dee@example.com"))
    second = await sending(GiveUpError("recipient refused"))

    assert first == {"id": str(own), "final": False, "attempts": 1, "reason": "ConnectionError"}
    assert second == {"id": str(own), "final": True, "attempts": 2, "reason": "recipient refused"}
    assert (await firm.bob.ask("GET", failures)).status_code == 403
    assert unseen == []
    assert len(await inbox(firm.dee)) == 1


@pytest.mark.req("ORG-24", part="mails about notices")
async def test_who_has_left_before_the_digest_is_sent_is_not_mailed(
    firm: Firm, database: Database, postman: Postman, sender: Sender
) -> None:
    dee = {"permission": None, "user_ids": (UUID(firm.dee.user_id),)}
    await raised(database, firm, a_notice(firm, **dee))
    await firm.ada.ask("DELETE", f"{firm.members}/{firm.dee.user_id}", expect=204)

    await postman.send(digest_of(firm, firm.dee), {"company_id": firm.company})

    assert sender.sent == []


@pytest.mark.req("ORG-40", part="e-mail as digest")
@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-11-22T07:59:59", "UTC", "2026-11-22T08:00:00"),
        ("2026-11-22T08:00:00", "UTC", "2026-11-23T08:00:00"),
        ("2026-11-22T23:30:00", "Asia/Seoul", "2026-11-23T23:00:00"),
        ("2026-03-29T00:00:00", "Europe/Berlin", "2026-03-29T06:00:00"),
    ],
)
def test_a_digest_comes_at_eight_where_the_company_is(now: str, zone: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    first, second = islice(mornings(at, zone), 2)

    assert first == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert timedelta(hours=23) <= second - first <= timedelta(hours=25)
