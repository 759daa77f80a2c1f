"""The catcher's process: an SMTP server and its page and API on loopback."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from finops_sandbox.mail.mailbox import Mailbox
from finops_sandbox.mail.page import create_app

LARGEST_MAIL = 10 * 1024 * 1024


class Catcher:
    """Takes every mail for everybody, and sends none on."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 -- aiosmtpd's hook
        content = envelope.original_content or b""
        mail = self._mailbox.add(list(envelope.rcpt_tos), content, datetime.now(UTC))
        return f"250 2.0.0 kept as {mail.id}"


async def serve(directory: Path, smtp_port: int, http_port: int) -> None:
    """Catch mails until SIGTERM or SIGINT."""
    mailbox = Mailbox(directory)

    def protocol() -> SMTP:
        return SMTP(Catcher(mailbox), data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True)

    config = uvicorn.Config(
        create_app(mailbox), host="127.0.0.1", port=http_port, log_level="warning"
    )
    async with await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", smtp_port):
        await uvicorn.Server(config).serve()
