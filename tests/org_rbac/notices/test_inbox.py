"""An inbox per person: who is told, in their language, once."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from tests.org_rbac.conftest import Firm
from tests.org_rbac.notices.conftest import (
    INBOX,
    Publisher,
    a_notice,
    acting,
    inbox,
    told,
    wrapped,
)

from finops_common.clock import utc_now
from finops_common.db.transaction import Database
from finops_org_rbac.notices.delivery import deliver

PREFERENCES = "/org-rbac/v1/me/notice-preferences"


@pytest.mark.req("ORG-40", part="inbox per person: read, unread, all")
async def test_who_holds_the_permission_is_told_and_marks_it_read(
    firm: Firm, publisher: Publisher
) -> None:
    older, newer = a_notice(firm), a_notice(firm, about="sp-2")
    await publisher.raises(older, newer, a_notice(firm, permission="policies:edit", kind="owners"))

    found = await told(firm.dee, "commitment.expiring", least=2)
    await told(firm.ada, "owners")
    await firm.dee.ask("PUT", f"{INBOX}/{found[0]['id']}/reading", {"read": True}, expect=204)

    assert found[0]["title"] == "A commitment ends in 7 days"
    assert (found[0]["about"], found[0]["link"]) == ("sp-2", "/commitments/sp-1")
    assert "sp-1 ends at ?" in found[0]["body"]
    assert [each["id"] for each in await inbox(firm.dee, "state=unread")] == [found[1]["id"]]
    assert [each["id"] for each in await inbox(firm.dee, "state=read")] == [found[0]["id"]]
    assert [each["id"] for each in await inbox(firm.dee)] == [each["id"] for each in found]
    unread = {"count": 1, "by_category": {"commitments": 1}}
    assert await firm.dee.get(f"{INBOX}/unread") == unread
    await firm.dee.ask("PUT", f"{INBOX}/reading", {"notice_id": found[1]["id"]}, expect=204)
    assert await inbox(firm.dee, "state=unread") == []
    await firm.dee.ask("PUT", f"{INBOX}/{found[0]['id']}/reading", {"read": False}, expect=204)
    assert len(await inbox(firm.dee, "state=unread")) == 1


@pytest.mark.req("ORG-41", part="in the inbox")
async def test_the_same_notice_twice_and_at_once_is_told_once(
    firm: Firm, publisher: Publisher, database: Database
) -> None:
    notice = a_notice(firm)
    message = wrapped(notice)

    async def worker() -> None:
        async with database.transaction(acting(firm)) as tx:
            await deliver(tx, notice)

    # The same event again, another event of the same notice, and two that handle it at once.
    await publisher.sends(message)
    await asyncio.gather(worker(), worker())
    await publisher.sends(message)
    await publisher.raises(notice, a_notice(firm, kind="last"))
    await told(firm.dee, "last")

    assert len(await told(firm.dee, "commitment.expiring")) == 1


@pytest.mark.req("ORG-41", part="in the inbox")
async def test_a_worker_that_dies_while_it_tells_has_told_nobody_or_everybody(
    firm: Firm, database: Database
) -> None:
    notice = a_notice(firm)

    with suppress(ConnectionError):
        async with database.transaction(acting(firm)) as tx:
            await deliver(tx, notice)
            raise ConnectionError
    nobody = await inbox(firm.ada)
    async with database.transaction(acting(firm)) as tx:
        await deliver(tx, notice)

    assert nobody == []
    for reader in (firm.ada, firm.bob, firm.cem, firm.dee):
        assert len(await inbox(reader)) == 1


@pytest.mark.req("ORG-40", part="audience as permission or persons")
@pytest.mark.req("ORG-5", part="notices")
async def test_only_who_reaches_the_organization_is_told_and_owners_when_nobody_is_left(
    firm: Firm, publisher: Publisher
) -> None:
    bob = UUID(firm.bob.user_id)
    sealed = {"organization_id": UUID(firm.payments), "permission": None}
    await publisher.raises(
        a_notice(firm, permission=None, user_ids=(bob,), kind="for bob"),
        a_notice(firm, **sealed, user_ids=(bob,), kind="for bob elsewhere"),
    )

    await told(firm.bob, "for bob")
    await told(firm.ada, "for bob elsewhere")

    assert [each["kind"] for each in await inbox(firm.bob)] == ["for bob"]
    assert [each["kind"] for each in await inbox(firm.ada)] == ["for bob elsewhere"]
    assert await inbox(firm.dee) == []


@pytest.mark.req("ORG-24", part="notices")
async def test_who_has_left_reads_no_more_of_what_was_told_there(
    firm: Firm, publisher: Publisher
) -> None:
    await publisher.raises(a_notice(firm))
    (item,) = await told(firm.dee, "commitment.expiring")

    await firm.ada.ask("DELETE", f"{firm.members}/{firm.dee.user_id}", expect=204)

    assert await inbox(firm.dee) == []
    assert await firm.dee.get(f"{INBOX}/unread") == {"count": 0, "by_category": {}}
    for what in ("acknowledgement", "mute"):
        await firm.dee.ask("PUT", f"{INBOX}/{item['id']}/{what}", expect=404)


@pytest.mark.req("ORG-40", part="preferences per person and category")
async def test_a_person_chooses_how_to_be_told_but_an_owner_must_know_of_money(
    firm: Firm, publisher: Publisher
) -> None:
    off = {"inbox": False, "mails": "off"}
    for category in ("commitments", "money"):
        await firm.dee.ask("PUT", f"{PREFERENCES}/{category}", off, expect=204)
    await firm.ada.ask("PUT", f"{PREFERENCES}/commitments", off, expect=204)
    for half in (off, off | {"inbox": True}, off | {"mails": "digest"}):
        refused = await firm.ada.ask("PUT", f"{PREFERENCES}/money", half, expect=409)
        assert refused.json()["code"] == "notice-needed"

    await publisher.raises(
        a_notice(firm), a_notice(firm, category="money", kind="money"), a_notice(firm, kind="last")
    )
    await told(firm.cem, "last")

    assert await inbox(firm.dee) == []
    assert [each["kind"] for each in await inbox(firm.ada)] == ["money"]
    chosen = {each["category"]: each for each in (await firm.dee.get(PREFERENCES))["items"]}
    assert (chosen["money"]["inbox"], chosen["money"]["mails"]) == (False, "off")
    assert (chosen["security"]["name"], chosen["security"]["mails"]) == ("Security", "immediate")


@pytest.mark.req("ORG-40", part="security and money can't be turned off for Owners")
async def test_who_becomes_an_owner_is_told_of_money_whatever_they_chose_before(
    firm: Firm, publisher: Publisher
) -> None:
    off = {"inbox": False, "mails": "off"}
    await firm.bob.ask("PUT", f"{PREFERENCES}/money", off, expect=204)
    standing = f"{firm.company_members}/{firm.bob.user_id}/standing"
    await firm.ada.ask("PUT", standing, {"owner": True}, expect=204)

    await publisher.raises(a_notice(firm, category="money", kind="money"))

    await told(firm.bob, "money")


@pytest.mark.req("COM-31", part="each can be acknowledged or muted")
async def test_the_first_who_takes_note_is_shown_to_all_and_muting_silences_for_one(
    firm: Firm, publisher: Publisher
) -> None:
    await publisher.raises(a_notice(firm))
    (dees,) = await told(firm.dee, "commitment.expiring")
    (bobs,) = await told(firm.bob, "commitment.expiring")

    await firm.dee.ask("PUT", f"{INBOX}/{dees['id']}/acknowledgement", expect=204)
    await firm.bob.ask("PUT", f"{INBOX}/{bobs['id']}/acknowledgement", expect=204)
    await firm.dee.ask("PUT", f"{INBOX}/{dees['id']}/mute", expect=204)
    await firm.dee.ask("PUT", f"{INBOX}/{bobs['id']}/mute", expect=404)
    await publisher.raises(a_notice(firm), a_notice(firm, about="sp-2"))
    await told(firm.bob, "commitment.expiring", least=3)
    before = await inbox(firm.dee)
    await firm.dee.ask("DELETE", f"{INBOX}/{dees['id']}/mute", expect=204)
    await publisher.raises(a_notice(firm))
    await told(firm.dee, "commitment.expiring", least=3)

    assert (await inbox(firm.bob))[-1]["acknowledged_by"] == firm.dee.user_id
    assert [(each["about"], each["muted"]) for each in before] == [("sp-2", False), ("sp-1", True)]


@pytest.mark.req("COM-31", part="each can be muted until a date")
async def test_what_is_muted_until_then_is_told_again_from_then_on(
    firm: Firm, publisher: Publisher
) -> None:
    await publisher.raises(a_notice(firm))
    (item,) = await told(firm.dee, "commitment.expiring")
    mute = f"{INBOX}/{item['id']}/mute"

    passed = await firm.dee.ask("PUT", mute, {"until": "2020-01-01T00:00:00Z"}, expect=422)
    for _ in range(2):
        await firm.dee.ask("PUT", mute, {"until": "2100-01-01T00:00:00Z"}, expect=204)
    await publisher.raises(a_notice(firm))
    await told(firm.bob, "commitment.expiring", least=2)
    before = await inbox(firm.dee)
    soon = utc_now() + timedelta(seconds=5)
    await firm.dee.ask("PUT", mute, {"until": soon.isoformat()}, expect=204)
    await asyncio.sleep((soon - utc_now()).total_seconds())
    await publisher.raises(a_notice(firm))
    after = await told(firm.dee, "commitment.expiring", least=2)

    assert passed.json()["errors"][0]["field"] == "body.until"
    assert [each["muted_until"] for each in before if each["muted"]] == ["2100-01-01T00:00:00Z"]
    assert [(each["muted"], each["muted_until"]) for each in after] == [(False, None)] * 2
