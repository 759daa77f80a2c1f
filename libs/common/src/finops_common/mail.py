"""Mail: queued with the effect, sent at least once, under a Message-ID that stays the same."""

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from finops_common.clock import Clock
from finops_common.db.transaction import Transaction
from finops_common.ids import new_id
from finops_common.jobs import GiveUpError, enqueue

KIND = "mail"
PERMANENT = 500
"""From here on SMTP answers are final."""


async def send_mail(
    tx: Transaction, *, to: str, subject: str, text: str, mail_id: UUID | None = None
) -> UUID:
    """Queue a mail in this transaction; the same `mail_id` again is the same mail."""
    payload = {"to": to, "subject": subject, "text": text}
    return await enqueue(tx, KIND, payload, job_id=mail_id or new_id())


class Mailer:
    """Sends queued mails by SMTP; `url` is smtp://user:password@host:port, or smtps."""

    def __init__(self, url: str, sender: str, clock: Clock) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._clock = clock

    async def send(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """The job handler; a receiver who repeats an id sees one mail."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = payload["to"]
        message["Subject"] = payload["subject"]
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{job_id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        message.set_content(payload["text"])
        try:
            await aiosmtplib.send(
                message,
                hostname=self._url.hostname,
                port=self._url.port,
                username=unquote(self._url.username or "") or None,
                password=unquote(self._url.password or "") or None,
                use_tls=self._url.scheme == "smtps",
                # A password never travels in the clear, even if a server offers no TLS.
                start_tls=self._url.scheme == "smtp" and self._url.username is not None,
                timeout=10,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            # 4xx is "not now" (greylisting): worth another try.
            if any(refused.code < PERMANENT for refused in error.recipients):
                raise
            raise GiveUpError("recipient refused") from error
