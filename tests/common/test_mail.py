"""Mail leaves at least once, and a repeat carries the same Message-ID."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiosmtplib
import httpx
import pytest

from finops_common.clock import utc_now
from finops_common.ids import new_id
from finops_common.jobs import GiveUpError
from finops_common.mail import Mailer
from finops_sandbox.stack import Stack

SENDER = "finops <no-reply@finops.example>"


async def test_a_repeated_mail_carries_the_same_message_id(stack: Stack) -> None:
    to = f"ada-{uuid4().hex}@example.com"
    mailer = Mailer(stack.smtp_url or "", SENDER, utc_now)
    job, payload = new_id(), {"to": to, "subject": "안녕하세요", "text": "こんにちは"}

    await mailer.send(job, payload)
    await mailer.send(job, payload)

    async with httpx.AsyncClient(trust_env=False) as http:
        answer = (await http.get(f"{stack.mail_url}/api/mails", params={"to": to})).json()
    mails = answer["items"] if isinstance(answer, dict) else answer
    assert {mail["subject"] for mail in mails} == {"안녕하세요"}
    assert {mail["message_id"].strip("<>") for mail in mails} == {f"{job}@finops.example"}


@asynccontextmanager
async def a_server(to_receiver: str, heard: list[bytes]) -> AsyncIterator[str]:
    """A mail server without TLS that offers log-in and answers each receiver alike."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            heard.append(line)
            answers = {b"EHLO": "250-here\r\n250 AUTH PLAIN LOGIN", b"RCPT": to_receiver}
            writer.write(f"{answers.get(line[:4].upper(), '250 OK')}\r\n".encode())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [("550 no such user", GiveUpError), ("450 come back later", aiosmtplib.SMTPRecipientsRefused)],
)
async def test_a_receiver_refused_for_good_ends_the_mail_and_one_refused_for_now_does_not(
    answer: str, failure: type[Exception]
) -> None:
    async with a_server(answer, []) as place:
        with pytest.raises(failure):
            await Mailer(f"smtp://{place}", SENDER, utc_now).send(
                new_id(), {"to": "ada@example.com", "subject": "s", "text": "t"}
            )


async def test_a_password_never_travels_in_the_clear() -> None:
    heard: list[bytes] = []

    async with a_server("250 OK", heard) as place:
        with pytest.raises(aiosmtplib.SMTPException):
            await Mailer(f"smtp://finops:hush@{place}", SENDER, utc_now).send(
                new_id(), {"to": "ada@example.com", "subject": "s", "text": "t"}
            )

    assert not [line for line in heard if line.upper().startswith(b"AUTH")]


@pytest.mark.parametrize("field", ["to", "subject"])
async def test_no_header_can_be_smuggled_in(stack: Stack, field: str) -> None:
    payload = {"to": "ada@example.com", "subject": "s", "text": "t"}
    payload[field] += "\r\nBcc: eve@example.com"

    with pytest.raises(ValueError, match="linefeed"):
        await Mailer(stack.smtp_url or "", SENDER, utc_now).send(new_id(), payload)
