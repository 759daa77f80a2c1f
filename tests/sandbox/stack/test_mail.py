from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx
import pytest

from finops_sandbox.mail import Mail
from finops_sandbox.mail.mailbox import Mailbox
from finops_sandbox.places import free_port

pytestmark = [
    pytest.mark.xdist_group("own_mail"),
    pytest.mark.req("PLAT-40", part="mail catcher"),
]

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
async def catcher(folder: Path) -> AsyncIterator[Mail]:
    catcher = Mail(folder, free_port(), free_port())
    await catcher.start()
    yield catcher
    await catcher.stop()


def a_mail(subject: str = "Welcome", text: str = "Hello", html: str | None = None) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "FinOps <no-reply@finops.example>"
    mail["To"] = "kim@acme.example"
    mail["Subject"] = subject
    mail["Message-ID"] = "<stable-1@finops.example>"
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    return mail


async def send(catcher: Mail, mail: EmailMessage, *to: str) -> None:
    await aiosmtplib.send(
        mail,
        hostname="127.0.0.1",
        port=catcher.smtp_port,
        recipients=list(to) or None,
        start_tls=False,
    )


async def get(catcher: Mail, path: str, **query: str | int) -> Any:  # noqa: ANN401 -- any JSON
    async with httpx.AsyncClient(base_url=catcher.url, trust_env=False) as client:
        answer = await client.get(path, params=query)
        answer.raise_for_status()
        return answer.json() if path.startswith("/api") else answer.text


async def test_a_sent_mail_is_shown_with_its_links(catcher: Mail) -> None:
    text = "안녕하세요: https://app.example/verify?token=a.b-c."
    html = '<p><a href="https://app.example/verify?token=a.b-c">확인</a></p>'
    await send(catcher, a_mail("이메일 확인", text, html))

    [listed] = await get(catcher, "/api/mails", to="KIM@acme.example")
    mail = await get(catcher, f"/api/mails/{listed['id']}")

    assert mail["subject"] == "이메일 확인"
    assert mail["from"] == "FinOps <no-reply@finops.example>"
    assert mail["to"] == ["kim@acme.example"]
    assert mail["message_id"] == "<stable-1@finops.example>"
    assert mail["text"].strip() == text
    assert mail["html"].strip() == html
    assert mail["links"] == ["https://app.example/verify?token=a.b-c"]
    assert datetime.fromisoformat(mail["received_at"]).tzinfo == UTC


async def test_mails_are_found_by_recipient_newest_first(catcher: Mail) -> None:
    await send(catcher, a_mail("one"), "kim@acme.example")
    await send(catcher, a_mail("two"), "lee@acme.example")
    await send(catcher, a_mail("three"), "kim@acme.example", "blind@acme.example")

    to_kim = await get(catcher, "/api/mails", to="kim@acme.example")
    to_blind = await get(catcher, "/api/mails", to="blind@acme.example")
    newest = await get(catcher, "/api/mails", limit=1)

    assert [mail["subject"] for mail in to_kim] == ["three", "one"]
    assert [mail["subject"] for mail in to_blind] == ["three"]
    assert [mail["subject"] for mail in newest] == ["three"]


async def test_mails_outlive_a_restart(catcher: Mail) -> None:
    await send(catcher, a_mail("kept"))

    await catcher.stop()
    await catcher.start()
    await send(catcher, a_mail("new"))

    listed = await get(catcher, "/api/mails")
    assert [mail["subject"] for mail in listed] == ["new", "kept"]
    assert len({mail["id"] for mail in listed}) == 2


async def test_the_page_runs_nothing_a_mail_brings_along(catcher: Mail) -> None:
    await send(catcher, a_mail("<script>alert(1)</script>", "x", "<script>alert(2)</script>"))

    listing = await get(catcher, "/")
    page = await get(catcher, "/mails/00000001")

    assert "<script>" not in listing + page
    assert "&lt;script&gt;alert(1)" in listing
    assert '<iframe sandbox="allow-popups" srcdoc="&lt;script&gt;' in page


async def test_a_link_that_runs_a_script_is_shown_as_text_only(catcher: Mail) -> None:
    await send(catcher, a_mail(html='<a href="javascript:alert(1)">win</a>'))

    page = await get(catcher, "/mails/00000001")

    assert 'href="javascript' not in page.replace("&quot;", "'")


async def test_an_unknown_mail_is_not_found(catcher: Mail) -> None:
    async with httpx.AsyncClient(base_url=catcher.url, trust_env=False) as client:
        answer = await client.get("/api/mails/99999999")

    assert answer.status_code == 404


def test_the_oldest_mails_are_forgotten(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, limit=2)

    for subject in ("one", "two", "three"):
        mailbox.add(["kim@acme.example"], a_mail(subject).as_bytes(), NOW)

    assert [mail.subject for mail in mailbox.list_newest()] == ["three", "two"]
    assert [mail.subject for mail in Mailbox(tmp_path).list_newest()] == ["three", "two"]


def test_a_mail_that_breaks_the_rules_is_kept_all_the_same(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    broken = b"Subject: =?x?q?\xff\r\nContent-Type: text/plain; charset=none\r\n\r\n\xfftext"

    kept = mailbox.add(["a@b"], broken, NOW)

    assert Mailbox(tmp_path).find(kept.id) == kept
    assert kept.text.endswith("text")
