"""The caught mails: read out of MIME, kept as files, the oldest forgotten."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from html.parser import HTMLParser
from pathlib import Path

from finops_sandbox.places import write_atomically

LINK = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it reached the catcher; ``to`` are the envelope's recipients, blind ones too."""

    id: str
    subject: str
    sender: str
    to: list[str]
    message_id: str
    text: str
    html: str
    received_at: str
    links: list[str]
    headers: dict[str, str]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _links(text: str, html: str) -> list[str]:
    """Every address of the two bodies once, in the order of reading."""
    parser = _Links()
    parser.feed(html)
    stripped = [link.rstrip(".,;:!?") for link in LINK.findall(text)]
    return list(dict.fromkeys([*stripped, *parser.found]))


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return _clean(part.get_content())
    except LookupError:  # a character set nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode("ascii", "replace")


def _clean(value: object) -> str:
    """Text that can be written as UTF-8: raw bytes of headers become question marks."""
    return str(value).encode("utf-8", "replace").decode()


def read_mail(number: int, recipients: list[str], content: bytes, now: datetime) -> CaughtMail:
    """Take a mail apart."""
    message = BytesParser(EmailMessage, policy=modern).parsebytes(content)
    text, html = _body(message, "plain"), _body(message, "html")
    return CaughtMail(
        id=f"{number:08d}",
        subject=_clean(message.get("Subject", "")),
        sender=_clean(message.get("From", "")),
        to=recipients,
        message_id=_clean(message.get("Message-ID", "")),
        text=text,
        html=html,
        received_at=now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        links=_links(text, html),
        headers={name: _clean(value) for name, value in message.items()},
    )


class Mailbox:
    """The newest ``limit`` mails, in memory and as one file each in ``directory``."""

    def __init__(self, directory: Path, limit: int = 1000) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._limit = limit
        kept = (CaughtMail(**json.loads(file.read_text())) for file in self._files())
        self._mails = OrderedDict((mail.id, mail) for mail in kept)
        self._number = max((int(id_) for id_ in self._mails), default=0)
        self._forget_oldest()

    def add(self, recipients: list[str], content: bytes, now: datetime) -> CaughtMail:
        """Keep one mail, and forget the oldest beyond the limit."""
        self._number += 1
        mail = read_mail(self._number, recipients, content, now)
        write_atomically(self._path(mail.id), json.dumps(asdict(mail), ensure_ascii=False))
        self._mails[mail.id] = mail
        self._forget_oldest()
        return mail

    def find(self, mail_id: str) -> CaughtMail | None:
        return self._mails.get(mail_id)

    def list_newest(self, to: str | None = None, limit: int = 50) -> list[CaughtMail]:
        """The newest mails first, of one recipient if ``to`` is given."""
        found = self._addressed(to)
        return [mail for mail, _ in zip(found, range(limit), strict=False)]

    def _addressed(self, to: str | None) -> Iterator[CaughtMail]:
        for mail in reversed(self._mails.values()):
            if to is None or to.lower() in (address.lower() for address in mail.to):
                yield mail

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob("[0-9]*.json"))

    def _path(self, mail_id: str) -> Path:
        return self._directory / f"{mail_id}.json"

    def _forget_oldest(self) -> None:
        while len(self._mails) > self._limit:
            mail_id, _ = self._mails.popitem(last=False)
            self._path(mail_id).unlink(missing_ok=True)
